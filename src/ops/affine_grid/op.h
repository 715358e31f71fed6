// affine_grid: for each place of a result its coordinates, from -1 to 1, under an affine map (ONNX
// AffineGrid).
#pragma once

#include "ops/attrs.h"

namespace hone {

struct AffineGridAttrs {
  bool align_corners = false;  // -1 and 1 are the centers of the outermost places, not their edges
  void visit(AttrVisitor& v) { v.field("align_corners", align_corners); }
  // The coordinate of place i of `size` before the map.
  double coordinate(int64_t i, int64_t size) const {
    const auto place = static_cast<double>(i), length = static_cast<double>(size);
    if (!align_corners) return (2 * place + 1) / length - 1;
    return size == 1 ? 0 : 2 * place / (length - 1) - 1;
  }
};

}  // namespace hone
