// gather_elements: each index picks an element along an axis, at its own place on the other axes
// (ONNX GatherElements).
#pragma once

#include "ops/attrs.h"

namespace hone {

struct GatherElementsAttrs {
  int64_t axis = 0;
  void visit(AttrVisitor& v) { v.field("axis", axis); }
};

}  // namespace hone
