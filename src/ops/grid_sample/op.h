// grid_sample: x looked at by interpolation at given places (ONNX GridSample).
#pragma once

#include <algorithm>
#include <cmath>

#include "ops/attrs.h"

namespace hone {

struct GridSampleAttrs {
  enum class Mode : uint8_t { linear, nearest, cubic };
  enum class Outside : uint8_t { zeros, border, reflection };
  Mode mode = Mode::linear;
  Outside outside = Outside::zeros;
  bool align_corners =
      false;  // -1 and 1 are the centers of the outermost elements, not their edges
  void visit(AttrVisitor& v);
};
inline constexpr std::string_view kGridSampleModeNames[] = {"linear", "nearest", "cubic"};
inline constexpr std::string_view kGridSampleOutsideNames[] = {"zeros", "border", "reflection"};

inline void GridSampleAttrs::visit(AttrVisitor& v) {
  v.field("mode", mode, kGridSampleModeNames);
  v.field("outside", outside, kGridSampleOutsideNames);
  v.field("align_corners", align_corners);
}

// Where on an axis of `size` elements the coordinate from -1 to 1 lies, folded back or clamped as
// the attributes say. What is not a number or far away lies just outside.
double grid_place(const GridSampleAttrs& attrs, double coordinate, int64_t size);
// The element that index i stands for, or -1: a zero.
int64_t grid_element(const GridSampleAttrs& attrs, int64_t i, int64_t size);

// The elements that a place is the weighted sum of, from `first` on; 1, 2 or 4.
struct GridTaps {
  int64_t first = 0, count = 1;
  double weight[4] = {1, 0, 0, 0};
};
GridTaps grid_taps(GridSampleAttrs::Mode mode, double place);

}  // namespace hone
