#include "ops/define.h"
#include "ops/shape_rules.h"
#include "ops/transpose/op.h"

namespace hone {
namespace {

constexpr std::string_view kOperands[] = {"x"};
constexpr std::string_view kResults[] = {"y"};
constexpr std::string_view kConstraints[] = {
    "C1: x has plain elements",
    "C2: perm names each axis of x once",
};

Expected<std::vector<TensorType>> infer(const TransposeAttrs& attrs, OperandTypes operands) {
  const TensorType& x = *operands[0];
  if (!has_plain_elements(x.dtype)) return fail_constraint("C1", "x is ", name_of(x.dtype));
  if (!attrs.perm.empty() && attrs.perm.size() != x.shape.size()) {
    return fail_constraint("C2", attrs.perm.size(), " axes for a tensor of ", x.shape.size());
  }
  std::vector<bool> named(x.shape.size(), false);
  for (const int64_t axis : attrs.perm) {
    const auto found = find_axis(axis, x.shape.size());
    if (!found || named[*found]) return fail_constraint("C2", "axis ", axis, " makes no sense");
    named[*found] = true;
  }
  Shape shape;
  for (const size_t axis : order_of(attrs, x.shape.size())) shape.push_back(x.shape[axis]);
  return std::vector<TensorType>{{x.dtype, std::move(shape)}};
}

Cost cost(const TransposeAttrs&, BoundTypes operands, BoundTypes results) {
  return elementwise_cost(0, operands, results);
}

// Where only axes of one place change theirs, nothing moves.
std::vector<ByteView> views(const TransposeAttrs& attrs, OperandTypes operands, const TensorType&) {
  const Shape& x = operands[0]->shape;
  size_t last = 0;
  for (const size_t axis : order_of(attrs, x.size())) {
    if (x[axis].value() == 1) continue;
    if (axis < last) return {};
    last = axis;
  }
  return {{0, 0}};
}

}  // namespace

std::vector<size_t> order_of(const TransposeAttrs& attrs, size_t rank) {
  std::vector<size_t> order;
  for (size_t i = 0; i < rank; ++i) {
    order.push_back(attrs.perm.empty() ? rank - 1 - i : find_axis(attrs.perm[i], rank).value());
  }
  return order;
}

const OpDef& transpose_op() {
  using T = Typed<TransposeAttrs, infer, cost>;
  static const OpDef kDef{.name = "transpose",
                          .summary = "the same elements, axes in another order (ONNX Transpose)",
                          .operands = kOperands,
                          .results = kResults,
                          .constraints = kConstraints,
                          .default_attrs = T::default_attrs,
                          .infer = T::infer,
                          .cost = T::cost,
                          .views = typed_views<TransposeAttrs, views>};
  return kDef;
}

}  // namespace hone
