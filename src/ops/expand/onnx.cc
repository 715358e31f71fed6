#include "ops/expand/op.h"

#include "frontend/onnx/node_import.h"
#include "ops/reshape/op.h"

namespace hone::onnx {
namespace {

// `x` expanded to the shape that input `i` gives.
ir::ValueId expand_to(NodeImport& n, ir::ValueId x, size_t i) {
  const ir::ValueId shape = n.input(i);
  if (const auto constant = n.constant_ints(shape)) {
    return n.add("expand", {x}, ExpandAttrs{*constant});
  }
  return n.add("expand", {x, shape});
}

void expand(NodeImport& n) { n.output(0, expand_to(n, n.input(0), 1)); }

void constant_of_shape(NodeImport& n) {
  const AttributeView* value = n.find("value");
  if (value == nullptr) return n.output(0, expand_to(n, n.scalar(DType::f32, 0), 0));
  if (value->tensors.empty()) return n.invalid("its attribute 'value' holds no tensor");
  const ir::ValueId one = n.constant(value->tensors[0]);
  n.output(0, expand_to(n, n.add("reshape", {one}, ReshapeAttrs{}), 0));
}

}  // namespace

std::span<const OnnxOp> expand_onnx_ops() {
  static constexpr OnnxOp kOps[] = {{"", "Expand", expand},
                                    {"", "ConstantOfShape", constant_of_shape}};
  return kOps;
}

}  // namespace hone::onnx
