// deform_conv: a convolution whose taps look beside their places, by offsets that are computed
// (ONNX DeformConv, two spatial axes).
#pragma once

#include <cmath>

#include "ops/attrs.h"
#include "ops/window.h"

namespace hone {

struct DeformConvAttrs {
  WindowAttrs window;
  int64_t groups = 1;
  int64_t offset_groups = 1;  // of x's channels, each with its own offsets
  void visit(AttrVisitor& v) {
    window.visit(v);
    v.field("groups", groups);
    v.field("offset_groups", offset_groups);
  }
};

// x between its elements, bilinear; 0 beyond them.
template <class T>
double between(const T* plane, int64_t height, int64_t width, double row, double column) {
  if (!(row > -1 && row < static_cast<double>(height) && column > -1 &&
        column < static_cast<double>(width))) {
    return 0;
  }
  const auto top = static_cast<int64_t>(std::floor(row));
  const auto left = static_cast<int64_t>(std::floor(column));
  const double down = row - static_cast<double>(top), right = column - static_cast<double>(left);
  const auto at = [&](int64_t r, int64_t c) {
    const bool inside = r >= 0 && r < height && c >= 0 && c < width;
    return inside ? static_cast<double>(plane[r * width + c]) : 0;
  };
  return (1 - down) * ((1 - right) * at(top, left) + right * at(top, left + 1)) +
         down * ((1 - right) * at(top + 1, left) + right * at(top + 1, left + 1));
}

}  // namespace hone
