#include "ops/cumulate/op.h"

#include "frontend/onnx/node_import.h"

namespace hone::onnx {
namespace {

void cumulate(NodeImport& n) {
  CumulateAttrs attrs{.product = n.op_type() == "CumProd",
                      .exclusive = n.attr("exclusive", int64_t{0}) != 0,
                      .reverse = n.attr("reverse", int64_t{0}) != 0};
  n.output(0, n.add("cumulate", {n.input(0), n.input(1)}, attrs));
}

}  // namespace

std::span<const OnnxOp> cumulate_onnx_ops() {
  static constexpr OnnxOp kOps[] = {{"", "CumSum", cumulate}, {"", "CumProd", cumulate}};
  return kOps;
}

}  // namespace hone::onnx
