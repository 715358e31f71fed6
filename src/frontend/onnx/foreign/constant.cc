// Constant: a value that stands in an attribute.
#include <cstring>

#include "frontend/onnx/node_import.h"
#include "ops/reshape/op.h"
#include "ops/text/op.h"

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
  const AttributeView *one = n.find("value_string"), *many = n.find("value_strings");
  if (one == nullptr && many == nullptr) return n.unsupported("has a sparse tensor as its value");
  TextAttrs attrs;
  attrs.list = encode_list(one != nullptr ? std::vector{one->s} : many->strings);
  TensorType type{DType::string, {}};
  if (one == nullptr) {
    attrs.dims = {std::ssize(many->strings)};
    type.shape = {Dim(attrs.dims[0])};
  }
  const auto results = n.add_host("text", {}, attrs, {Type(std::move(type))});
  if (n.ok()) n.output(0, results[0]);
}

}  // namespace

std::span<const OnnxOp> constant_onnx_ops() {
  static constexpr OnnxOp kOps[] = {{"", "Constant", constant}};
  return kOps;
}

}  // namespace hone::onnx
