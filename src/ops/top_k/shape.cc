#include "ops/define.h"
#include "ops/shape_rules.h"
#include "ops/top_k/op.h"

namespace hone {
namespace {

constexpr std::string_view kOperands[] = {"x", "k?"};
constexpr std::string_view kResults[] = {"index"};
constexpr std::string_view kConstraints[] = {
    "C1: x is numbers",
    "C2: the axis is one of x's",
    "C3: k is one integer, from 0 to the size of the axis",
};

Expected<std::vector<TensorType>> infer(const TopKAttrs& attrs, OperandTypes operands) {
  const TensorType& x = *operands[0];
  if (!is_number(x.dtype)) return fail_constraint("C1", "x is ", name_of(x.dtype));
  const auto axis = find_axis(attrs.axis, x.shape.size());
  if (!axis) return fail_constraint("C2", "axis ", attrs.axis, " of ", x.shape.size());
  if (!is_list_of_ints(operands[1])) return fail_constraint("C3", "k is no integer");
  const auto k = given_ints({attrs.k}, operands[1]);
  Shape shape = x.shape;
  Dim& dim = shape[*axis];
  if (k && (k->size() != 1 || k->front() < 0 || (!dim.is_symbol() && k->front() > dim.value()))) {
    return fail_constraint("C3", "k does not fit ", to_text(x, {}));
  }
  dim = k ? Dim(k->front()) : Dim::unknown();
  return std::vector<TensorType>{{DType::i64, std::move(shape)}};
}

Cost cost(const TopKAttrs&, BoundTypes operands, BoundTypes results) {
  return elementwise_cost(4, operands, results);
}

}  // namespace

const OpDef& top_k_op() {
  using T = Typed<TopKAttrs, infer, cost>;
  static const OpDef kDef{.name = "top_k",
                          .summary = "where the k largest or smallest stand (ONNX TopK)",
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
