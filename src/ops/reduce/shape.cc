#include "ops/reduce/op.h"
#include "ops/shape_rules.h"

namespace hone {
namespace {

constexpr std::string_view kOperands[] = {"x", "axes?"};
constexpr std::string_view kResults[] = {"y"};
constexpr std::string_view kConstraints[] = {
    "C1: x holds numbers, or booleans for max and min",
    "C2: axes lie inside x's rank and are named once",
    "C3: the operand axes is integers with one axis",
};

Expected<std::vector<TensorType>> infer(const ReduceAttrs& attrs, OperandTypes operands) {
  const TensorType& x = *operands[0];
  const bool extreme = attrs.kind == ReduceKind::max || attrs.kind == ReduceKind::min;
  if (!is_number(x.dtype) && !(extreme && x.dtype == DType::boolean)) {
    return fail_constraint("C1", kReduceKindNames[static_cast<size_t>(attrs.kind)],
                           " does not take ", name_of(x.dtype));
  }
  HONE_TRY(const std::vector<bool> reduced, reduced_axes(attrs, operands[1], x.shape.size()));
  if (reduced.size() != x.shape.size()) return known_when_run();
  TensorType y{x.dtype, {}};
  for (size_t i = 0; i < x.shape.size(); ++i) {
    if (!reduced[i]) y.shape.push_back(x.shape[i]);
    if (reduced[i] && attrs.keepdims) y.shape.push_back(Dim(1));
  }
  return std::vector<TensorType>{y};
}

Cost cost(const ReduceAttrs&, BoundTypes operands, BoundTypes results) {
  Cost cost = elementwise_cost(0, operands, results);
  cost.flops = 2 * static_cast<double>(operands[0]->dims.elements());
  return cost;
}

}  // namespace

Expected<std::vector<bool>> reduced_axes(const ReduceAttrs& attrs, const OperandType* axes,
                                         size_t rank) {
  std::vector<int64_t> listed = attrs.axes;
  if (axes != nullptr) {
    if (!is_integer(axes->dtype) || axes->shape.size() != 1) {
      return fail_constraint("C3", "axes is ", to_text(*axes, {}));
    }
    const auto known = known_ints(*axes);
    if (!known) return std::vector<bool>{};
    listed = *known;
  }
  std::vector<bool> reduced(rank, listed.empty() && !attrs.none_if_empty);
  for (const int64_t axis : listed) {
    const auto found = find_axis(axis, rank);
    if (!found || reduced[*found]) {
      return fail_constraint("C2", "axis ", axis, " of ", rank, " axes makes no sense");
    }
    reduced[*found] = true;
  }
  return reduced;
}

const OpDef& reduce_op() {
  using T = Typed<ReduceAttrs, infer, cost>;
  static const OpDef kDef{.name = "reduce",
                          .summary = "sums, means, extremes and norms over axes (ONNX Reduce*)",
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
