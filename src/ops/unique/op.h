// unique: the slices of x along an axis that differ, once each (ONNX Unique).
#pragma once

#include "ops/attrs.h"

namespace hone {

struct UniqueAttrs {
  bool flat = true;  // of x as one axis
  int64_t axis = 0;
  bool sorted = true;  // else as they first come
  void visit(AttrVisitor& v) {
    v.field("flat", flat);
    v.field("axis", axis);
    v.field("sorted", sorted);
  }
};

}  // namespace hone
