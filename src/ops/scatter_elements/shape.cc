#include "ops/define.h"
#include "ops/scatter_elements/op.h"
#include "ops/shape_rules.h"

namespace hone {
namespace {

constexpr std::string_view kOperands[] = {"x", "index", "updates"};
constexpr std::string_view kResults[] = {"y"};
constexpr std::string_view kConstraints[] = {
    "C1: x and updates have one dtype, of plain elements",
    "C2: index is i32 or i64; values lie in [-n, n) of the axis, negative ones count from its end",
    "C3: x and index have the same axes, and the axis is one of them",
    "C4: index is no longer than x, but along the axis, and as long as updates",
};

Expected<std::vector<TensorType>> infer(const ScatterElementsAttrs& attrs, OperandTypes operands) {
  const TensorType &x = *operands[0], &index = *operands[1], &updates = *operands[2];
  if (!has_plain_elements(x.dtype) || updates.dtype != x.dtype) {
    return fail_constraint("C1", "x is ", name_of(x.dtype), ", updates ", name_of(updates.dtype));
  }
  if (index.dtype != DType::i32 && index.dtype != DType::i64) {
    return fail_constraint("C2", "the index is ", name_of(index.dtype));
  }
  const auto axis = find_axis(attrs.axis, x.shape.size());
  if (!axis || index.shape.size() != x.shape.size()) {
    return fail_constraint("C3", "axis ", attrs.axis, ", ", x.shape.size(), " and ",
                           index.shape.size(), " axes");
  }
  bool fits = updates.shape.size() == index.shape.size();
  for (size_t i = 0; fits && i < x.shape.size(); ++i) {
    fits = may_equal(updates.shape[i], index.shape[i]);
    if (i == *axis || x.shape[i].is_symbol() || index.shape[i].is_symbol()) continue;
    fits = fits && index.shape[i].value() <= x.shape[i].value();
  }
  if (!fits) {
    return fail_constraint("C4", "index ", to_text(index.shape, {}), ", updates ",
                           to_text(updates.shape, {}), ", x ", to_text(x.shape, {}));
  }
  return std::vector<TensorType>{x};
}

Cost cost(const ScatterElementsAttrs&, BoundTypes operands, BoundTypes results) {
  return elementwise_cost(0, operands, results);
}

}  // namespace

const OpDef& scatter_elements_op() {
  using T = Typed<ScatterElementsAttrs, infer, cost>;
  static const OpDef kDef{.name = "scatter_elements",
                          .summary = "x with updates by index (ONNX ScatterElements, Scatter)",
                          .operands = kOperands,
                          .results = kResults,
                          .constraints = kConstraints,
                          .default_attrs = T::default_attrs,
                          .infer = T::infer,
                          .cost = T::cost};
  return kDef;
}

}  // namespace hone
