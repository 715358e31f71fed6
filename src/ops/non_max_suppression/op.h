// non_max_suppression: the boxes that no better box of their class overlaps too much (ONNX
// NonMaxSuppression).
#pragma once

#include "ops/attrs.h"

namespace hone {

struct NonMaxSuppressionAttrs {
  bool center = false;  // boxes are x, y of the center, width, height, not two corners y, x
  void visit(AttrVisitor& v) { v.field("center", center); }
};

}  // namespace hone
