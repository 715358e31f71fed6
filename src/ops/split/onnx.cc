#include "ops/split/op.h"

#include "frontend/onnx/node_import.h"

namespace hone::onnx {
namespace {

// The sizes are an attribute before opset 13, an input after; opset 1 took either.
void split(NodeImport& n) {
  SplitAttrs attrs{.axis = n.attr("axis", int64_t{0}),
                   .parts = static_cast<int64_t>(n.outputs()),
                   .sizes = n.ints("split")};
  ir::ValueId sizes = n.input(1);
  if (const auto constant = n.constant_ints(sizes)) attrs.sizes = *constant, sizes = {};
  for (size_t i = 0; i < n.outputs(); ++i) {
    if (!n.has_output(i)) continue;
    attrs.part = static_cast<int64_t>(i);
    n.output(i, n.add("split", {n.input(0), sizes}, attrs));
  }
}

}  // namespace

std::span<const OnnxOp> split_onnx_ops() {
  static constexpr OnnxOp kOps[] = {{"", "Split", split}};
  return kOps;
}

}  // namespace hone::onnx
