#include "ops/concat/op.h"

#include "ops/define.h"
#include "ops/shape_rules.h"

namespace hone {
namespace {

constexpr std::string_view kOperands[] = {"x*"};
constexpr std::string_view kResults[] = {"y"};
constexpr std::string_view kConstraints[] = {
    "C1: there is one x at least, all of one dtype with plain elements",
    "C2: all have the same axes, and the axis is one of them",
    "C3: sizes are equal but along the axis",
};

Status append(const TensorType& x, size_t axis, TensorType& y) {
  for (size_t i = 0; i < y.shape.size(); ++i) {
    if (i != axis) {
      if (merge(y.shape[i], x.shape[i], y.shape[i])) continue;
      return fail_constraint("C3", "axis ", i, " has sizes ", y.shape[i].value(), " and ",
                             x.shape[i].value());
    }
    int64_t sum = 0;
    if (y.shape[i].is_symbol() || x.shape[i].is_symbol()) {
      y.shape[i] = Dim::unknown();
    } else if (__builtin_add_overflow(y.shape[i].value(), x.shape[i].value(), &sum)) {
      return fail_constraint("C3", "the sizes are too large together");
    } else {
      y.shape[i] = Dim(sum);
    }
  }
  return {};
}

Expected<std::vector<TensorType>> infer(const ConcatAttrs& attrs, OperandTypes operands) {
  if (operands.empty() || operands[0] == nullptr) return fail_constraint("C1", "there is no x");
  TensorType y = *operands[0];
  const auto axis = find_axis(attrs.axis, y.shape.size());
  if (!axis) return fail_constraint("C2", "axis ", attrs.axis, " makes no sense");
  if (!has_plain_elements(y.dtype)) return fail_constraint("C1", "x is ", name_of(y.dtype));
  for (const OperandType* x : operands.subspan(1)) {
    if (x == nullptr || x->dtype != y.dtype) return fail_constraint("C1", "dtypes differ");
    if (x->shape.size() != y.shape.size()) return fail_constraint("C2", "the axes differ");
    HONE_RETURN_IF_ERROR(append(*x, *axis, y));
  }
  return std::vector<TensorType>{std::move(y)};
}

Cost cost(const ConcatAttrs&, BoundTypes operands, BoundTypes results) {
  return elementwise_cost(0, operands, results);
}

std::vector<ByteView> views(const ConcatAttrs& attrs, OperandTypes operands, const TensorType& y) {
  std::vector<int64_t> first(y.shape.size(), 0);
  int64_t& before = first[find_axis(attrs.axis, y.shape.size()).value()];
  std::vector<ByteView> views;
  for (size_t i = 0; i < operands.size(); ++i) {
    const Shape& x = operands[i]->shape;
    if (const auto behind = stretch_in(y, x, first)) views.push_back({i, -*behind});
    before += x[find_axis(attrs.axis, x.size()).value()].value();
  }
  return views;
}

}  // namespace

const OpDef& concat_op() {
  using T = Typed<ConcatAttrs, infer, cost>;
  static const OpDef kDef{.name = "concat",
                          .summary = "tensors one after the other along an axis (ONNX Concat)",
                          .operands = kOperands,
                          .results = kResults,
                          .constraints = kConstraints,
                          .default_attrs = T::default_attrs,
                          .infer = T::infer,
                          .cost = T::cost,
                          .views = typed_views<ConcatAttrs, views>};
  return kDef;
}

}  // namespace hone
