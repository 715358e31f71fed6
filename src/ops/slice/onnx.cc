#include "frontend/onnx/node_import.h"
#include "ops/slice/op.h"

namespace hone::onnx {
namespace {

// The lists are attributes before opset 10, inputs after; constants become attributes.
void slice(NodeImport& n) {
  SliceAttrs attrs{n.ints("starts"), n.ints("ends"), n.ints("axes"), {}};
  std::vector<int64_t>* const lists[] = {&attrs.starts, &attrs.ends, &attrs.axes, &attrs.steps};
  std::vector<ir::ValueId> operands{n.input(0)};
  for (size_t i = 0; i < 4; ++i) {
    const ir::ValueId list = n.input(1 + i);
    const auto constant = n.constant_ints(list);
    if (constant) *lists[i] = *constant;
    operands.push_back(constant ? ir::ValueId{} : list);
  }
  n.output(0, n.add("slice", std::move(operands), std::move(attrs)));
}

}  // namespace

std::span<const OnnxOp> slice_onnx_ops() {
  static constexpr OnnxOp kOps[] = {{"", "Slice", slice}};
  return kOps;
}

}  // namespace hone::onnx
