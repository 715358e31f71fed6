#include "ops/gather_nd/op.h"

#include "frontend/onnx/node_import.h"

namespace hone::onnx {
namespace {

void gather_nd(NodeImport& n) {
  const GatherNdAttrs attrs{n.attr("batch_dims", int64_t{0})};
  n.output(0, n.add("gather_nd", {n.input(0), n.input(1)}, attrs));
}

}  // namespace

std::span<const OnnxOp> gather_nd_onnx_ops() {
  static constexpr OnnxOp kOps[] = {{"", "GatherND", gather_nd}};
  return kOps;
}

}  // namespace hone::onnx
