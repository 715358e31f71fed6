// Constant: a value that stands in an attribute.
#include <cstring>

#include "frontend/onnx/node_import.h"
#include "ops/reshape/op.h"

namespace hone::onnx {
namespace {

void constant(NodeImport& n) {
  if (const AttributeView* value = n.find("value")) {
    if (value->tensors.empty()) return n.invalid("its attribute 'value' holds no tensor");
    return n.output(0, n.constant(value->tensors[0]));
  }
  if (n.has("value_float")) return n.output(0, n.scalar(DType::f32, n.attr("value_float", 0.0f)));
  if (const AttributeView* value = n.find("value_int")) {
    const ir::ValueId one = n.constant(std::span(&value->i, 1));
    return n.output(0, n.add("reshape", {one}, ReshapeAttrs{}));
  }
  if (n.has("value_floats")) return n.output(0, n.constant(n.floats("value_floats")));
  if (n.has("value_ints")) return n.output(0, n.constant(n.ints("value_ints")));
  n.unsupported("constants of text or sparse tensors are not supported");
}

}  // namespace

std::span<const OnnxOp> constant_onnx_ops() {
  static constexpr OnnxOp kOps[] = {{"", "Constant", constant}};
  return kOps;
}

}  // namespace hone::onnx
