#include "ops/gather_elements/op.h"

#include "ops/define.h"
#include "ops/shape_rules.h"

namespace hone {
namespace {

constexpr std::string_view kOperands[] = {"x", "index"};
constexpr std::string_view kResults[] = {"y"};
constexpr std::string_view kConstraints[] = {
    "C1: x has plain elements",
    "C2: index is i32 or i64; values lie in [-n, n) of the axis, negative ones count from its end",
    "C3: x and index have the same axes, and the axis is one of them",
    "C4: index is no longer than x, but along the axis",
};

Expected<std::vector<TensorType>> infer(const GatherElementsAttrs& attrs, OperandTypes operands) {
  const TensorType &x = *operands[0], &index = *operands[1];
  if (!has_plain_elements(x.dtype)) return fail_constraint("C1", "x is ", name_of(x.dtype));
  if (index.dtype != DType::i32 && index.dtype != DType::i64) {
    return fail_constraint("C2", "the index is ", name_of(index.dtype));
  }
  const auto axis = find_axis(attrs.axis, x.shape.size());
  if (!axis || index.shape.size() != x.shape.size()) {
    return fail_constraint("C3", "axis ", attrs.axis, ", ", x.shape.size(), " and ",
                           index.shape.size(), " axes");
  }
  for (size_t i = 0; i < x.shape.size(); ++i) {
    if (i == *axis || x.shape[i].is_symbol() || index.shape[i].is_symbol()) continue;
    if (index.shape[i].value() > x.shape[i].value()) {
      return fail_constraint("C4", "axis ", i, " has ", x.shape[i].value(), " elements, not ",
                             index.shape[i].value());
    }
  }
  return std::vector<TensorType>{{x.dtype, index.shape}};
}

Cost cost(const GatherElementsAttrs&, BoundTypes operands, BoundTypes results) {
  Cost cost;
  cost.bytes = 2 * bytes_of(*results[0]) + bytes_of(*operands[1]);
  return cost;
}

}  // namespace

const OpDef& gather_elements_op() {
  using T = Typed<GatherElementsAttrs, infer, cost>;
  static const OpDef kDef{.name = "gather_elements",
                          .summary = "an element along an axis by index (ONNX GatherElements)",
                          .operands = kOperands,
                          .results = kResults,
                          .constraints = kConstraints,
                          .default_attrs = T::default_attrs,
                          .infer = T::infer,
                          .cost = T::cost};
  return kDef;
}

}  // namespace hone
