// top_k: where the k largest or smallest elements along an axis stand, best first (the indices of
// ONNX TopK; its values are gathered by them).
#pragma once

#include "ops/attrs.h"

namespace hone {

// Of equal elements the first one comes first. NaN counts as larger than any number.
struct TopKAttrs {
  int64_t axis = -1;
  bool largest = true;
  int64_t k = 1;  // the operand `k` may give it instead
  void visit(AttrVisitor& v) {
    v.field("axis", axis);
    v.field("largest", largest);
    v.field("k", k);
  }
};

}  // namespace hone
