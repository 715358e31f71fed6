#include "ops/take/op.h"

#include "ops/define.h"
#include "ops/shape_rules.h"

namespace hone {
namespace {

constexpr std::string_view kOperands[] = {"x", "index"};
constexpr std::string_view kResults[] = {"y"};
constexpr std::string_view kConstraints[] = {
    "C1: x has plain elements",
    "C2: index is i32 or i64; values lie in [-n, n) of the axis, negative ones count from its end",
    "C3: the axis is one of x's, and the result has 8 axes at most",
};

Expected<std::vector<TensorType>> infer(const TakeAttrs& attrs, OperandTypes operands) {
  const TensorType &x = *operands[0], &index = *operands[1];
  if (!has_plain_elements(x.dtype)) return fail_constraint("C1", "x is ", name_of(x.dtype));
  if (index.dtype != DType::i32 && index.dtype != DType::i64) {
    return fail_constraint("C2", "the index is ", name_of(index.dtype));
  }
  const auto axis = find_axis(attrs.axis, x.shape.size());
  if (!axis || x.shape.size() - 1 + index.shape.size() > kMaxRank) {
    return fail_constraint("C3", "axis ", attrs.axis, " of ", x.shape.size(), " by an index of ",
                           index.shape.size());
  }
  const auto at = x.shape.begin() + static_cast<std::ptrdiff_t>(*axis);
  Shape shape(x.shape.begin(), at);
  shape.insert(shape.end(), index.shape.begin(), index.shape.end());
  shape.insert(shape.end(), at + 1, x.shape.end());
  return std::vector<TensorType>{{x.dtype, std::move(shape)}};
}

Cost cost(const TakeAttrs&, BoundTypes operands, BoundTypes results) {
  Cost cost;
  cost.bytes = 2 * bytes_of(*results[0]) + bytes_of(*operands[1]);
  return cost;
}

}  // namespace

const OpDef& take_op() {
  using T = Typed<TakeAttrs, infer, cost>;
  static const OpDef kDef{.name = "take",
                          .summary = "slices of x along an axis, by index (ONNX Gather)",
                          .operands = kOperands,
                          .results = kResults,
                          .constraints = kConstraints,
                          .default_attrs = T::default_attrs,
                          .infer = T::infer,
                          .cost = T::cost};
  return kDef;
}

}  // namespace hone
