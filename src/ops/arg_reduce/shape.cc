#include "ops/arg_reduce/op.h"
#include "ops/define.h"
#include "ops/shape_rules.h"

namespace hone {
namespace {

constexpr std::string_view kOperands[] = {"x"};
constexpr std::string_view kResults[] = {"index"};
constexpr std::string_view kConstraints[] = {
    "C1: x holds numbers",
    "C2: the axis lies inside x's rank and is not empty",
};

Expected<std::vector<TensorType>> infer(const ArgReduceAttrs& attrs, OperandTypes operands) {
  const TensorType& x = *operands[0];
  if (!is_number(x.dtype)) return fail_constraint("C1", "x is ", name_of(x.dtype));
  const auto axis = find_axis(attrs.axis, x.shape.size());
  if (!axis || x.shape[*axis] == Dim(0)) {
    return fail_constraint("C2", "axis ", attrs.axis, " of ", to_text(x.shape, {}));
  }
  TensorType y{DType::i64, x.shape};
  if (attrs.keepdims) {
    y.shape[*axis] = Dim(1);
  } else {
    y.shape.erase(y.shape.begin() + static_cast<std::ptrdiff_t>(*axis));
  }
  return std::vector<TensorType>{y};
}

Cost cost(const ArgReduceAttrs&, BoundTypes operands, BoundTypes results) {
  Cost cost = elementwise_cost(0, operands, results);
  cost.flops = static_cast<double>(operands[0]->dims.elements());
  return cost;
}

}  // namespace

const OpDef& arg_reduce_op() {
  using T = Typed<ArgReduceAttrs, infer, cost>;
  static const OpDef kDef{.name = "arg_reduce",
                          .summary = "where the largest or smallest element along an axis stands",
                          .operands = kOperands,
                          .results = kResults,
                          .constraints = kConstraints,
                          .default_attrs = T::default_attrs,
                          .infer = T::infer,
                          .cost = T::cost};
  return kDef;
}

}  // namespace hone
