#include "ops/top_k/op.h"

#include "frontend/onnx/node_import.h"
#include "ops/gather_elements/op.h"

namespace hone::onnx {
namespace {

// k is an attribute before opset 10, an input after. Results are sorted whether asked to or not.
void top_k(NodeImport& n) {
  TopKAttrs attrs{.axis = n.attr("axis", int64_t{-1}),
                  .largest = n.attr("largest", int64_t{1}) != 0,
                  .k = n.attr("k", int64_t{1})};
  ir::ValueId k = n.input(1);
  const auto constant = n.constant_ints(k);
  if (constant && constant->size() == 1) attrs.k = constant->front(), k = {};
  const ir::ValueId index = n.add("top_k", {n.input(0), k}, attrs);
  if (n.has_output(0)) {
    n.output(0, n.add("gather_elements", {n.input(0), index}, GatherElementsAttrs{attrs.axis}));
  }
  n.output(1, index);
}

}  // namespace

std::span<const OnnxOp> top_k_onnx_ops() {
  static constexpr OnnxOp kOps[] = {{"", "TopK", top_k}};
  return kOps;
}

}  // namespace hone::onnx
