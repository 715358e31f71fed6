// resize: axes are stretched or shrunk by interpolation between elements (ONNX Resize, Upsample).
#pragma once

#include <optional>

#include "ops/attrs.h"
#include "tensor/shape.h"

namespace hone {

struct ResizeAttrs {
  enum class Mode : uint8_t { nearest, linear, cubic };
  // Where in x place i of the result lies; the names are ONNX's.
  enum class Coordinates : uint8_t {
    half_pixel,
    half_pixel_symmetric,
    pytorch_half_pixel,
    align_corners,
    asymmetric,
    tf_half_pixel_for_nn,
    tf_crop_and_resize,
  };
  enum class Nearest : uint8_t { round_prefer_floor, round_prefer_ceil, floor, ceil };
  // What sizes mean that do not fit x's ratio.
  enum class Ratio : uint8_t { stretch, not_larger, not_smaller };
  Mode mode = Mode::nearest;
  Coordinates coordinates = Coordinates::half_pixel;
  Nearest nearest = Nearest::round_prefer_floor;
  Ratio ratio = Ratio::stretch;
  bool antialias = false;        // shrinking looks at all elements that a place covers
  bool exclude_outside = false;  // weights outside x are 0, the others grow
  float cubic_a = -0.75f;
  float extrapolation = 0;    // of tf_crop_and_resize: what lies outside x
  std::vector<int64_t> axes;  // that roi, scales and sizes name; empty: all
  void visit(AttrVisitor& v);
};
inline constexpr std::string_view kResizeModeNames[] = {"nearest", "linear", "cubic"};
inline constexpr std::string_view kResizeCoordinateNames[] = {
    "half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners",
    "asymmetric", "tf_half_pixel_for_nn", "tf_crop_and_resize"};
inline constexpr std::string_view kResizeNearestNames[] = {"round_prefer_floor",
                                                           "round_prefer_ceil", "floor", "ceil"};
inline constexpr std::string_view kResizeRatioNames[] = {"stretch", "not_larger", "not_smaller"};

inline void ResizeAttrs::visit(AttrVisitor& v) {
  v.field("mode", mode, kResizeModeNames);
  v.field("coordinates", coordinates, kResizeCoordinateNames);
  v.field("nearest", nearest, kResizeNearestNames);
  v.field("ratio", ratio, kResizeRatioNames);
  v.field("antialias", antialias);
  v.field("exclude_outside", exclude_outside);
  v.field("cubic_a", cubic_a);
  v.field("extrapolation", extrapolation);
  v.field("axes", axes);
}

// One axis: `out` places over `in` elements.
struct ResizeAxis {
  int64_t in = 1, out = 1;
  double scale = 1;
  double roi_begin = 0, roi_end = 1;  // of tf_crop_and_resize
};

// The elements of the operands beside x; empty: absent.
struct ResizeTargets {
  std::vector<double> roi, scales;
  std::vector<int64_t> sizes;
};

// Every axis of x. An error names what makes no sense.
Expected<std::vector<ResizeAxis>> resize_axes(const ResizeAttrs& attrs,
                                              std::span<const int64_t> x_sizes,
                                              const ResizeTargets& targets);

// The elements that each place of an axis is the weighted sum of: `count` a place, always inside
// the axis. A place that lies outside x has `outside` set.
struct ResizeTaps {
  int64_t count = 1;
  std::vector<int64_t> index;
  std::vector<float> weight;
  std::vector<bool> outside;  // empty: none
  bool is_identity = false;
};
ResizeTaps resize_taps(const ResizeAttrs& attrs, const ResizeAxis& axis);

}  // namespace hone
