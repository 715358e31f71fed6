#include <algorithm>

#include "ops/define.h"
#include "ops/quantized_pool/op.h"
#include "ops/shape_rules.h"

namespace hone {
namespace {

using Kind = PoolAttrs::Kind;

// Whose sum an int32 holds.
constexpr double kMostTaps = 1 << 23;

constexpr std::string_view kOperands[] = {"x"};
constexpr std::string_view kResults[] = {"y"};
constexpr std::string_view kConstraints[] = {
    "C1: x is i8 or u8 and x_zero a code of it",
    "C2: x is [batch, spatial..., channels] with 1 to 3 spatial axes, none of them empty",
    "C3: kernel, strides, dilations and pads fit the spatial axes; a window has 2^23 elements at "
    "most",
    "C4: the kind is max or average, without indices; of max, y is of x's dtype",
    "C5: y is i8 or u8, and its zero and range are codes of it",
};

Expected<std::vector<TensorType>> infer(const QuantizedPoolAttrs& attrs, OperandTypes operands) {
  const TensorType& x = *operands[0];
  if (!is_code(x.dtype) || !is_code_of(attrs.x_zero, x.dtype)) {
    return fail_constraint("C1", "x is ", name_of(x.dtype), " with zero ", attrs.x_zero);
  }
  const size_t rank = x.shape.size();
  if (rank < 3 || rank > 5) return fail_constraint("C2", "x has ", rank, " axes");
  const std::span<const Dim> spatial = std::span(x.shape).subspan(1, rank - 2);
  for (const Dim& dim : spatial) {
    if (dim == Dim(0)) return fail_constraint("C2", "x is ", to_text(x, {}));
  }
  const auto axes = pool_axes(attrs.pool, spatial);
  if (!axes) return fail_constraint("C3", axes.error().message);
  double taps = 1;
  for (const WindowAxis& axis : *axes) taps *= static_cast<double>(axis.kernel);
  if (taps > kMostTaps) return fail_constraint("C3", "a window sees ", taps, " elements");
  const auto dtype = attrs.y.dtype();
  if (attrs.pool.kind == Kind::lp || attrs.pool.indices ||
      (attrs.pool.kind == Kind::max && dtype && *dtype != x.dtype)) {
    return fail_constraint("C4", "x is ", name_of(x.dtype), ", y ", attrs.y.to);
  }
  if (!dtype) return fail_constraint("C5", "y is ", attrs.y.to, " with zero ", attrs.y.zero);
  TensorType y{*dtype, x.shape};
  for (size_t i = 0; i < spatial.size(); ++i) {
    const auto places = [&](int64_t size) { return (*axes)[i].places(size, attrs.pool.ceil); };
    y.shape[i + 1] = attrs.pool.kernel.empty() ? Dim(1) : map_dim(spatial[i], places);
  }
  return std::vector<TensorType>{y};
}

Cost cost(const QuantizedPoolAttrs& attrs, BoundTypes operands, BoundTypes results) {
  double taps = 1;
  for (const int64_t size : attrs.pool.kernel) taps *= static_cast<double>(size);
  return elementwise_cost(taps, operands, results);
}

}  // namespace

MeanRule::MeanRule(const QuantizedPoolAttrs& attrs, int64_t taps)
    : attrs_(attrs),
      taps_(std::max<int64_t>(1, taps)),
      factor_(attrs.x_scale / attrs.y_scale / static_cast<float>(taps_)),
      whole_(!attrs.pool.kernel.empty() && attrs.x_scale == attrs.y_scale) {
  const double ratio = static_cast<double>(attrs.x_scale) / static_cast<double>(attrs.y_scale);
  scale_ = FixedScale::of(ratio).over(taps_);
}

double MeanRule::code(int64_t sum) const {
  if (!attrs_.fixed_point) return attrs_.y.code_of(static_cast<float>(sum) * factor_);
  if (!whole_) return attrs_.y.code_of(scale_.times(static_cast<int32_t>(sum)));
  const int64_t codes = sum + attrs_.x_zero * taps_;
  const int64_t mean = (codes > 0 ? codes + taps_ / 2 : codes - taps_ / 2) / taps_;
  return attrs_.y.code_of(static_cast<int32_t>(mean - attrs_.x_zero));
}

const OpDef& quantized_pool_op() {
  using T = Typed<QuantizedPoolAttrs, infer, cost>;
  static const OpDef kDef{.name = "quantized_pool",
                          .summary = "the largest or mean code in a window, channels last",
                          .operands = kOperands,
                          .results = kResults,
                          .constraints = kConstraints,
                          .default_attrs = T::default_attrs,
                          .infer = T::infer,
                          .cost = T::cost};
  return kDef;
}

}  // namespace hone
