// compress: the slices of x along an axis that a condition picks (ONNX Compress).
#pragma once

#include "ops/attrs.h"

namespace hone {

struct CompressAttrs {
  bool flat = true;  // of x as one axis
  int64_t axis = 0;
  void visit(AttrVisitor& v) {
    v.field("flat", flat);
    v.field("axis", axis);
  }
};

}  // namespace hone
