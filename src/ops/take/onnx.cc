#include "ops/take/op.h"

#include "frontend/onnx/node_import.h"

namespace hone::onnx {
namespace {

void gather(NodeImport& n) {
  const TakeAttrs attrs{n.attr("axis", int64_t{0})};
  n.output(0, n.add("take", {n.input(0), n.input(1)}, attrs));
}

}  // namespace

std::span<const OnnxOp> take_onnx_ops() {
  static constexpr OnnxOp kOps[] = {{"", "Gather", gather}};
  return kOps;
}

}  // namespace hone::onnx
