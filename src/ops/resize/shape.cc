#include <algorithm>
#include <cmath>

#include "ops/define.h"
#include "ops/resize/op.h"
#include "ops/shape_rules.h"

namespace hone {
namespace {

using Coordinates = ResizeAttrs::Coordinates;
using Mode = ResizeAttrs::Mode;

constexpr std::string_view kOperands[] = {"x", "roi?", "scales?", "sizes?"};
constexpr std::string_view kResults[] = {"y"};
constexpr std::string_view kConstraints[] = {
    "C1: x is of numbers; booleans only by nearest",
    "C2: either scales (floats) or sizes (integers) are given, one an axis",
    "C3: scales are positive and finite, sizes are not negative; the result has a size",
    "C4: axes lie inside the rank and are named once",
    "C5: roi (floats) has a beginning and an end an axis, where coordinates need it",
};
constexpr double kMostPlaces = 1 << 30;
constexpr int64_t kMostTaps = 1 << 25;  // of an axis, all places together: 12 bytes each

// The axis that each element of scales and sizes names.
Expected<std::vector<size_t>> named_axes(const ResizeAttrs& attrs, size_t rank) {
  std::vector<size_t> named;
  if (attrs.axes.empty()) {
    for (size_t i = 0; i < rank; ++i) named.push_back(i);
  }
  for (const int64_t axis : attrs.axes) {
    const auto found = find_axis(axis, rank);
    if (!found || std::ranges::find(named, *found) != named.end()) {
      return fail_constraint("C4", "axis ", axis, " makes no sense");
    }
    named.push_back(*found);
  }
  return named;
}

Status apply_sizes(const ResizeAttrs& attrs, const std::vector<int64_t>& sizes,
                   const std::vector<size_t>& named, std::vector<ResizeAxis>& axes) {
  using Ratio = ResizeAttrs::Ratio;
  double common = attrs.ratio == Ratio::not_larger ? INFINITY : 0;
  for (size_t i = 0; i < named.size(); ++i) {
    ResizeAxis& axis = axes[named[i]];
    const auto size = static_cast<double>(sizes[i]);
    if (sizes[i] < 0 || size > kMostPlaces) return fail_constraint("C3", "a size is ", sizes[i]);
    if (axis.in == 0 && sizes[i] != 0) return fail_constraint("C3", "x has no elements");
    axis.out = sizes[i];
    axis.scale = axis.in == 0 ? 1 : size / static_cast<double>(axis.in);
    common = attrs.ratio == Ratio::not_larger ? std::min(common, axis.scale)
                                              : std::max(common, axis.scale);
  }
  if (attrs.ratio == Ratio::stretch) return {};
  for (const size_t i : named) {
    const double size = std::floor(common * static_cast<double>(axes[i].in) + 0.5);
    if (!(size <= kMostPlaces)) return fail_constraint("C3", "a size is ", size);
    axes[i].scale = common;
    axes[i].out = static_cast<int64_t>(size);
  }
  return {};
}

Status apply_scales(const std::vector<double>& scales, const std::vector<size_t>& named,
                    std::vector<ResizeAxis>& axes) {
  for (size_t i = 0; i < named.size(); ++i) {
    ResizeAxis& axis = axes[named[i]];
    const double size = std::floor(static_cast<double>(axis.in) * scales[i]);
    if (!(scales[i] > 0) || !(size <= kMostPlaces)) {
      return fail_constraint("C3", "a scale is ", scales[i]);
    }
    axis.scale = scales[i];
    axis.out = static_cast<int64_t>(size);
  }
  return {};
}

// A kernel reaches `radius` elements to each side, more where it is stretched to cover a place.
double shrink_of(const ResizeAttrs& attrs, const ResizeAxis& axis) {
  return attrs.antialias ? std::min(1.0, axis.scale) : 1;
}
// Elements that one place of an axis that is not empty is made of.
int64_t taps_a_place(const ResizeAttrs& attrs, const ResizeAxis& axis) {
  if (attrs.mode == Mode::nearest) return 1;
  const double radius = attrs.mode == Mode::cubic ? 2 : 1;
  return 2 * static_cast<int64_t>(std::ceil(radius / shrink_of(attrs, axis)));
}

Status check_taps(const ResizeAttrs& attrs, std::span<const ResizeAxis> axes) {
  for (const ResizeAxis& axis : axes) {
    if (axis.in == 0 || axis.out == 0) continue;
    const int64_t taps = taps_a_place(attrs, axis);
    if (taps <= kMostTaps / axis.out) continue;
    return fail(Code::limit_exceeded, "an axis that becomes ", axis.out, " long takes ", taps,
                " elements of x a place; ", kMostTaps, " are the most together");
  }
  return {};
}

}  // namespace

Expected<std::vector<ResizeAxis>> resize_axes(const ResizeAttrs& attrs,
                                              std::span<const int64_t> x_sizes,
                                              const ResizeTargets& targets) {
  HONE_TRY(const std::vector<size_t> named, named_axes(attrs, x_sizes.size()));
  std::vector<ResizeAxis> axes;
  for (const int64_t size : x_sizes) axes.push_back({.in = size, .out = size});
  const bool by_sizes = !targets.sizes.empty();
  const size_t given = by_sizes ? targets.sizes.size() : targets.scales.size();
  if (given != named.size() || (by_sizes && !targets.scales.empty())) {
    return fail_constraint("C2", given, " numbers are given for ", named.size(), " axes");
  }
  if (by_sizes) {
    HONE_RETURN_IF_ERROR(apply_sizes(attrs, targets.sizes, named, axes));
  } else {
    HONE_RETURN_IF_ERROR(apply_scales(targets.scales, named, axes));
  }
  HONE_RETURN_IF_ERROR(check_taps(attrs, axes));
  if (attrs.coordinates != Coordinates::tf_crop_and_resize) return axes;
  if (targets.roi.size() != 2 * named.size()) {
    return fail_constraint("C5", "roi has ", targets.roi.size(), " elements");
  }
  for (size_t i = 0; i < named.size(); ++i) {
    axes[named[i]].roi_begin = targets.roi[i];
    axes[named[i]].roi_end = targets.roi[named.size() + i];
    if (!std::isfinite(targets.roi[i]) || !std::isfinite(targets.roi[named.size() + i])) {
      return fail_constraint("C5", "roi is not finite");
    }
  }
  return axes;
}

namespace {

// Where place i of the result lies in x.
double coordinate(Coordinates mode, const ResizeAxis& axis, int64_t place) {
  const auto i = static_cast<double>(place), in = static_cast<double>(axis.in);
  const double out = axis.scale * in;
  const double center = (i + 0.5) / axis.scale - 0.5;
  switch (mode) {
    case Coordinates::half_pixel:
      return center;
    case Coordinates::half_pixel_symmetric: {
      const double adjustment = static_cast<double>(axis.out) / out;
      return in / 2 * (1 - adjustment) + center;
    }
    case Coordinates::pytorch_half_pixel:
      return axis.out == 1 ? -0.5 : center;
    case Coordinates::align_corners:
      return out == 1 || axis.out == 1 ? 0 : i * (in - 1) / (out - 1);
    case Coordinates::asymmetric:
      return i / axis.scale;
    case Coordinates::tf_half_pixel_for_nn:
      return (i + 0.5) / axis.scale;
    case Coordinates::tf_crop_and_resize: {
      const double width = axis.roi_end - axis.roi_begin;
      if (axis.out == 1) return axis.roi_begin * (in - 1) + width * (in - 1) / 2;
      return axis.roi_begin * (in - 1) + i * width * (in - 1) / (out - 1);
    }
  }
  return center;
}

double triangle(double x) { return std::max(0.0, 1 - std::fabs(x)); }
// Keys' kernel (IEEE Trans. ASSP 29, 1981) with parameter a.
double cubic(double x, double a) {
  x = std::fabs(x);
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
}

int64_t nearest(ResizeAttrs::Nearest mode, double x) {
  using Nearest = ResizeAttrs::Nearest;
  const double down = std::floor(x), rest = x - down;
  const bool up = (mode == Nearest::round_prefer_floor && rest > 0.5) ||
                  (mode == Nearest::round_prefer_ceil && rest >= 0.5) ||
                  (mode == Nearest::ceil && rest > 0);
  return static_cast<int64_t>(down) + (up ? 1 : 0);
}

// Makes the taps of one place.
void add_place(const ResizeAttrs& attrs, const ResizeAxis& axis, double shrink, double x,
               ResizeTaps& taps) {
  const double limit = 4 * static_cast<double>(axis.in) + 16;
  x = std::clamp(std::isfinite(x) ? x : 0, -limit, limit);  // beyond, all taps are the edge
  const auto inside = [&](int64_t i) { return std::clamp<int64_t>(i, 0, axis.in - 1); };
  if (attrs.mode == Mode::nearest) {
    taps.index.push_back(inside(nearest(attrs.nearest, x)));
    taps.weight.push_back(1);
    return;
  }
  const auto base = static_cast<int64_t>(std::ceil(x)) - 1;
  const double rest = x - static_cast<double>(base);  // in (0, 1]
  const int64_t first = 1 - taps.count / 2;
  std::vector<double> weights;
  double total = 0;
  for (int64_t k = 0; k < taps.count; ++k) {
    const int64_t at = base + first + k;
    const double distance = (static_cast<double>(first + k) - rest) * shrink;
    double weight = attrs.mode == Mode::linear
                        ? triangle(distance)
                        : cubic(distance, static_cast<double>(attrs.cubic_a));
    if (attrs.exclude_outside && (at < 0 || at >= axis.in)) weight = 0;
    weights.push_back(weight);
    total += weight;
    taps.index.push_back(inside(at));
  }
  const bool scaled = (attrs.antialias || attrs.exclude_outside) && total != 0;
  for (const double weight : weights) {
    taps.weight.push_back(static_cast<float>(scaled ? weight / total : weight));
  }
}

}  // namespace

ResizeTaps resize_taps(const ResizeAttrs& attrs, const ResizeAxis& axis) {
  ResizeTaps taps;
  if (axis.in == 0 || axis.out == 0) return taps;
  const bool crops = attrs.coordinates == Coordinates::tf_crop_and_resize;
  taps.is_identity = axis.scale == 1 && axis.in == axis.out && !crops &&
                     attrs.coordinates != Coordinates::tf_half_pixel_for_nn;
  const double shrink = shrink_of(attrs, axis);
  taps.count = taps.is_identity ? 1 : taps_a_place(attrs, axis);
  for (int64_t i = 0; i < axis.out; ++i) {
    if (taps.is_identity) {
      taps.index.push_back(i);
      taps.weight.push_back(1);
      continue;
    }
    const double x = coordinate(attrs.coordinates, axis, i);
    if (crops) taps.outside.push_back(!(x >= 0 && x <= static_cast<double>(axis.in - 1)));
    add_place(attrs, axis, shrink, x, taps);
  }
  return taps;
}

namespace {

// The elements of an operand; false if they are not known yet.
template <class T>
bool take(std::optional<std::vector<T>> known, std::vector<T>& values) {
  if (known) values = *std::move(known);
  return known.has_value();
}

bool is_empty(const OperandType* operand) {
  return operand == nullptr || (operand->shape.size() == 1 && operand->shape[0] == Dim(0));
}

Expected<std::vector<TensorType>> infer(const ResizeAttrs& attrs, OperandTypes operands) {
  const TensorType& x = *operands[0];
  if (!is_number(x.dtype) && !(x.dtype == DType::boolean && attrs.mode == Mode::nearest)) {
    return fail_constraint("C1", "x is ", name_of(x.dtype));
  }
  const bool by_sizes = !is_empty(operands[3]);
  if (by_sizes == !is_empty(operands[2])) {
    return fail_constraint("C2", by_sizes ? "both are given" : "none is given");
  }
  const OperandType* chosen = operands[by_sizes ? 3 : 2];
  const bool fits = by_sizes ? is_integer(chosen->dtype) : is_float(chosen->dtype);
  if (!fits || chosen->shape.size() != 1) {
    return fail_constraint("C2", "they are ", to_text(*chosen, {}));
  }
  HONE_TRY(const std::vector<size_t> named, named_axes(attrs, x.shape.size()));
  if (!may_equal(chosen->shape[0], Dim(static_cast<int64_t>(named.size())))) {
    return fail_constraint("C2", "they are ", to_text(*chosen, {}), " for ", named.size(), " axes");
  }
  if (operands[1] != nullptr && !is_float(operands[1]->dtype)) {
    return fail_constraint("C5", "roi is ", name_of(operands[1]->dtype));
  }
  ResizeTargets targets;
  const bool crops = attrs.coordinates == Coordinates::tf_crop_and_resize;
  const bool known = by_sizes ? take(known_ints(*chosen), targets.sizes)
                              : take(known_doubles(*chosen), targets.scales);
  if (!known) return known_when_run();
  if (crops && operands[1] != nullptr && !take(known_doubles(*operands[1]), targets.roi)) {
    return known_when_run();
  }
  // Axes of unknown size get sizes of their own only where sizes are given.
  std::vector<int64_t> x_sizes;
  for (const Dim& dim : x.shape) x_sizes.push_back(dim.is_symbol() ? 1 : dim.value());
  HONE_TRY(const std::vector<ResizeAxis> axes, resize_axes(attrs, x_sizes, targets));
  TensorType y{x.dtype, x.shape};
  for (size_t i = 0; i < axes.size(); ++i) {
    const bool is_named = std::ranges::find(named, i) != named.end();
    if (!is_named || (!by_sizes && axes[i].scale == 1)) continue;
    const bool follows = !by_sizes || attrs.ratio != ResizeAttrs::Ratio::stretch;
    y.shape[i] = follows && !is_static(x.shape) ? Dim::unknown() : Dim(axes[i].out);
  }
  return std::vector<TensorType>{y};
}

Cost cost(const ResizeAttrs& attrs, BoundTypes operands, BoundTypes results) {
  const double taps = attrs.mode == Mode::nearest ? 1 : attrs.mode == Mode::linear ? 8 : 32;
  return elementwise_cost(taps, operands, results);
}

}  // namespace

const OpDef& resize_op() {
  using T = Typed<ResizeAttrs, infer, cost>;
  static const OpDef kDef{.name = "resize",
                          .summary = "axes stretched or shrunk by interpolation (ONNX Resize)",
                          .operands = kOperands,
                          .results = kResults,
                          .constraints = kConstraints,
                          .default_attrs = T::default_attrs,
                          .infer = T::infer,
                          .cost = T::cost,
                          .value_operands = 0b1110};
  return kDef;
}

}  // namespace hone
