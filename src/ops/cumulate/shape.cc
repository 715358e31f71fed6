#include "ops/cumulate/op.h"

#include "ops/define.h"
#include "ops/shape_rules.h"

namespace hone {
namespace {

constexpr std::string_view kOperands[] = {"x", "axis?"};
constexpr std::string_view kResults[] = {"y"};
constexpr std::string_view kConstraints[] = {
    "C1: x is numbers",
    "C2: the axis is one integer, and one of x's",
};

Expected<std::vector<TensorType>> infer(const CumulateAttrs& attrs, OperandTypes operands) {
  const TensorType& x = *operands[0];
  if (!is_number(x.dtype)) return fail_constraint("C1", "x is ", name_of(x.dtype));
  if (!is_list_of_ints(operands[1])) return fail_constraint("C2", "it is no integer");
  const auto axis = given_ints({attrs.axis}, operands[1]);
  if (axis && (axis->size() != 1 || !find_axis(axis->front(), x.shape.size()))) {
    return fail_constraint("C2", "x has ", x.shape.size(), " axes");
  }
  return std::vector<TensorType>{x};
}

Cost cost(const CumulateAttrs&, BoundTypes operands, BoundTypes results) {
  return elementwise_cost(1, operands, results);
}

}  // namespace

const OpDef& cumulate_op() {
  using T = Typed<CumulateAttrs, infer, cost>;
  static const OpDef kDef{.name = "cumulate",
                          .summary = "running sums or products (ONNX CumSum, CumProd)",
                          .operands = kOperands,
                          .results = kResults,
                          .constraints = kConstraints,
                          .default_attrs = T::default_attrs,
                          .infer = T::infer,
                          .cost = T::cost,
                          .value_operands = 0b10};
  return kDef;
}

}  // namespace hone
