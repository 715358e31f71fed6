#include <algorithm>

#include "ops/define.h"
#include "ops/normalize/op.h"
#include "ops/shape_rules.h"

namespace hone {
namespace {

using Kind = NormalizeAttrs::Kind;

constexpr std::string_view kOperands[] = {"x", "scale?", "bias?"};
constexpr std::string_view kResults[] = {"y"};
constexpr std::string_view kConstraints[] = {
    "C1: x, scale and bias are floats of one dtype",
    "C2: the axis lies inside x's rank; groups need channels (axis 1) and divide them",
    "C3: scale and bias have the shape of the axes from `axis` on; or [channels] or [groups], both "
    "alike",
};

Expected<Shape> affine_shape(const NormalizeAttrs& attrs, const Shape& x, const Shape& given) {
  if (attrs.kind != Kind::groups) {
    const auto axis = find_axis(attrs.axis, x.size());
    if (!axis) return fail_constraint("C2", "axis ", attrs.axis, " of ", x.size(), " axes");
    return Shape(x.begin() + static_cast<std::ptrdiff_t>(*axis), x.end());
  }
  const bool numbers = x.size() >= 2 && !x[1].is_symbol();
  if (x.size() < 2 || attrs.groups < 0 ||
      (numbers && attrs.groups > 0 && x[1].value() % attrs.groups != 0)) {
    return fail_constraint("C2", attrs.groups, " groups of x ", to_text(x, {}));
  }
  const bool a_group = attrs.groups > 0 && given == Shape{Dim(attrs.groups)};
  return Shape{a_group ? Dim(attrs.groups) : x[1]};
}

Expected<std::vector<TensorType>> infer(const NormalizeAttrs& attrs, OperandTypes operands) {
  const TensorType& x = *operands[0];
  if (!is_float(x.dtype)) return fail_constraint("C1", "x is ", name_of(x.dtype));
  HONE_TRY(Shape wanted, affine_shape(attrs, x.shape, {}));
  for (size_t i = 1; i < 3; ++i) {
    if (operands[i] == nullptr) continue;
    const TensorType& given = *operands[i];
    if (given.dtype != x.dtype) {
      return fail_constraint("C1", kOperands[i], " is ", name_of(given.dtype));
    }
    if (i == 1) {
      HONE_TRY(wanted, affine_shape(attrs, x.shape, given.shape));
    } else if (operands[1] == nullptr) {
      return fail_constraint("C3", "a bias needs a scale");
    }
    if (!std::ranges::equal(given.shape, wanted, may_equal)) {
      return fail_constraint("C3", kOperands[i], " is ", to_text(given.shape, {}), ", not ",
                             to_text(wanted, {}));
    }
  }
  return std::vector<TensorType>{x};
}

Cost cost(const NormalizeAttrs&, BoundTypes operands, BoundTypes results) {
  return elementwise_cost(8, operands, results);
}

}  // namespace

NormalizeSizes normalize_sizes(const NormalizeAttrs& attrs, std::span<const int64_t> sizes,
                               int64_t numbers) {
  NormalizeSizes all;
  if (attrs.kind != Kind::groups) {
    const size_t axis = *find_axis(attrs.axis, sizes.size());
    for (size_t i = 0; i < sizes.size(); ++i) (i < axis ? all.rows : all.size) *= sizes[i];
    return all;
  }
  all.row_period = attrs.groups == 0 ? sizes[1] : attrs.groups;
  all.rows = sizes[0] * all.row_period;
  all.size = all.row_period == 0 ? 0 : sizes[1] / all.row_period;
  for (size_t i = 2; i < sizes.size(); ++i) all.size *= sizes[i];
  if (numbers > 0) all.run = std::max<int64_t>(1, all.row_period * all.size / numbers);
  return all;
}

const OpDef& normalize_op() {
  using T = Typed<NormalizeAttrs, infer, cost>;
  static const OpDef kDef{.name = "normalize",
                          .summary =
                              "(x - mean) / sqrt(variance + eps) within rows or groups of "
                              "channels, scaled and shifted",
                          .operands = kOperands,
                          .results = kResults,
                          .constraints = kConstraints,
                          .default_attrs = T::default_attrs,
                          .infer = T::infer,
                          .cost = T::cost};
  return kDef;
}

}  // namespace hone
