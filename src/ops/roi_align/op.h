// roi_align: a grid of interpolated means (or largest values) of each region of x (ONNX RoiAlign).
#pragma once

#include "ops/attrs.h"

namespace hone {

struct RoiAlignAttrs {
  enum class Mode : uint8_t { avg, max };
  Mode mode = Mode::avg;
  int64_t height = 1, width = 1;  // of the result
  int64_t samples = 0;            // an axis of a cell; 0: as many as the cell has elements
  float scale = 1;                // from regions to x
  bool half_pixel = true;         // coordinate 0 is the edge of the first element, not its center
  void visit(AttrVisitor& v);
};
inline constexpr std::string_view kRoiAlignModeNames[] = {"avg", "max"};

inline void RoiAlignAttrs::visit(AttrVisitor& v) {
  v.field("mode", mode, kRoiAlignModeNames);
  v.field("height", height);
  v.field("width", width);
  v.field("samples", samples);
  v.field("scale", scale);
  v.field("half_pixel", half_pixel);
}

// A region along one axis of x.
struct RoiAxis {
  double begin = 0, cell = 0;  // where it begins, how long a cell is
  int64_t samples = 1;         // a cell; no more than x has elements and 1
};
RoiAxis roi_axis(const RoiAlignAttrs& attrs, double low, double high, int64_t cells, int64_t size);

// The two elements between which a sample lies, and the share of the second. Outside: weights of 0.
struct RoiSample {
  int64_t low = 0, high = 0;
  double low_weight = 0, high_weight = 0;
};
RoiSample roi_sample(double at, int64_t size);

}  // namespace hone
