#include "frontend/onnx/node_import.h"
#include "ops/lrn/op.h"

namespace hone::onnx {
namespace {

void lrn(NodeImport& n) {
  const LrnAttrs attrs{.size = n.attr("size", int64_t{0}),
                       .alpha = n.attr("alpha", 1e-4f),
                       .beta = n.attr("beta", 0.75f),
                       .bias = n.attr("bias", 1.0f)};
  n.output(0, n.add("lrn", {n.input(0)}, attrs));
}

}  // namespace

std::span<const OnnxOp> lrn_onnx_ops() {
  static constexpr OnnxOp kOps[] = {{"", "LRN", lrn}};
  return kOps;
}

}  // namespace hone::onnx
