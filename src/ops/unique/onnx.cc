#include "ops/unique/op.h"

#include "frontend/onnx/node_import.h"
#include "ops/shape_rules.h"

namespace hone::onnx {
namespace {

void unique(NodeImport& n) {
  const UniqueAttrs attrs{!n.has("axis"), n.attr("axis", int64_t{0}),
                          n.attr("sorted", int64_t{1}) != 0};
  const ir::ValueId x = n.input(0);
  Type type = Type::unknown();
  if (n.type(x).is_tensor()) {
    type = n.type(x);
    const auto axis = find_axis(attrs.axis, type.tensor.shape.size());
    if (!attrs.flat && !axis) return n.invalid("it has no axis ", attrs.axis);
    if (attrs.flat) {
      type.tensor.shape = {Dim::unknown()};
    } else {
      type.tensor.shape[*axis] = Dim::unknown();
    }
  }
  const Type list = TensorType{DType::i64, {Dim::unknown()}};
  const auto results = n.add_host("unique", {x}, attrs, {type, list, list, list});
  for (size_t i = 0; n.ok() && i < results.size(); ++i) n.output(i, results[i]);
}

}  // namespace

std::span<const OnnxOp> unique_onnx_ops() {
  static constexpr OnnxOp kOps[] = {{"", "Unique", unique}};
  return kOps;
}

}  // namespace hone::onnx
