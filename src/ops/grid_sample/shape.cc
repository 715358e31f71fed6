#include "ops/define.h"
#include "ops/grid_sample/op.h"
#include "ops/shape_rules.h"

namespace hone {
namespace {

using Mode = GridSampleAttrs::Mode;
using Outside = GridSampleAttrs::Outside;

constexpr std::string_view kOperands[] = {"x", "grid"};
constexpr std::string_view kResults[] = {"y"};
constexpr std::string_view kConstraints[] = {
    "C1: x and grid are floats of one dtype",
    "C2: x is [batch, channels, spatial...] with 2 or 3 spatial axes that are not empty",
    "C3: grid is [batch, places..., spatial axes], coordinates innermost axis first",
};

double reflect(double x, double low, double high) {
  const double range = high - low;
  if (range <= 0) return low;
  double away = x < low ? low - x : x > high ? x - high : -1;
  if (away < 0) return x;
  const double turns = std::floor(away / range);
  away -= turns * range;
  const bool even = std::fmod(turns, 2) == 0;
  return (x < low) == even ? low + away : high - away;
}

Expected<std::vector<TensorType>> infer(const GridSampleAttrs&, OperandTypes operands) {
  const TensorType &x = *operands[0], &grid = *operands[1];
  if (!is_float(x.dtype) || grid.dtype != x.dtype) {
    return fail_constraint("C1", "they are ", name_of(x.dtype), " and ", name_of(grid.dtype));
  }
  const size_t rank = x.shape.size();
  if (rank != 4 && rank != 5) return fail_constraint("C2", "x has ", rank, " axes");
  for (size_t i = 2; i < rank; ++i) {
    if (x.shape[i] == Dim(0)) return fail_constraint("C2", "x is ", to_text(x, {}));
  }
  if (grid.shape.size() != rank || !may_equal(grid.shape[0], x.shape[0]) ||
      !may_equal(grid.shape.back(), Dim(static_cast<int64_t>(rank) - 2))) {
    return fail_constraint("C3", "grid is ", to_text(grid, {}), " for x ", to_text(x, {}));
  }
  TensorType y{x.dtype, {x.shape[0], x.shape[1]}};
  y.shape.insert(y.shape.end(), grid.shape.begin() + 1, grid.shape.end() - 1);
  return std::vector<TensorType>{y};
}

Cost cost(const GridSampleAttrs&, BoundTypes operands, BoundTypes results) {
  return elementwise_cost(20, operands, results);
}

}  // namespace

double grid_place(const GridSampleAttrs& attrs, double coordinate, int64_t size) {
  const auto length = static_cast<double>(size);
  const double far = 3 * length + 16;
  double place = attrs.align_corners ? (coordinate + 1) / 2 * (length - 1)
                                     : ((coordinate + 1) * length - 1) / 2;
  if (!std::isfinite(place)) place = place > 0 ? far : -far;
  const double low = attrs.align_corners ? 0 : -0.5;
  const double high = attrs.align_corners ? length - 1 : length - 0.5;
  if (attrs.mode == Mode::nearest) place = std::nearbyint(place);
  if (place < low || place > high) {
    if (attrs.outside == Outside::border) place = std::clamp(place, 0.0, length - 1);
    if (attrs.outside == Outside::reflection) place = reflect(place, low, high);
  }
  return std::clamp(place, -far, far);
}

int64_t grid_element(const GridSampleAttrs& attrs, int64_t i, int64_t size) {
  if (i >= 0 && i < size) return i;
  if (attrs.outside == Outside::zeros) return -1;
  const int64_t last = size - 1;
  if (attrs.outside == Outside::border) return std::clamp<int64_t>(i, 0, last);
  const double low = attrs.align_corners ? 0 : -0.5;
  const double high = static_cast<double>(size) - (attrs.align_corners ? 1 : 0.5);
  const auto folded = static_cast<int64_t>(reflect(static_cast<double>(i), low, high));
  return std::clamp<int64_t>(folded, 0, last);
}

GridTaps grid_taps(Mode mode, double place) {
  const double down = std::floor(place), rest = place - down;
  GridTaps taps{.first = static_cast<int64_t>(down)};
  if (mode == Mode::linear) {
    taps.count = 2;
    taps.weight[0] = 1 - rest;
    taps.weight[1] = rest;
  }
  if (mode == Mode::cubic) {  // Keys' kernel with a = -0.75
    constexpr double a = -0.75;
    taps.count = 4;
    --taps.first;
    for (int k = 0; k < 4; ++k) {
      const double x = std::fabs(k - 1 - rest);
      taps.weight[k] =
          x <= 1 ? ((a + 2) * x - (a + 3)) * x * x + 1 : ((a * x - 5 * a) * x + 8 * a) * x - 4 * a;
    }
  }
  return taps;
}

const OpDef& grid_sample_op() {
  using T = Typed<GridSampleAttrs, infer, cost>;
  static const OpDef kDef{.name = "grid_sample",
                          .summary = "x interpolated at given places (ONNX GridSample)",
                          .operands = kOperands,
                          .results = kResults,
                          .constraints = kConstraints,
                          .default_attrs = T::default_attrs,
                          .infer = T::infer,
                          .cost = T::cost};
  return kDef;
}

}  // namespace hone
