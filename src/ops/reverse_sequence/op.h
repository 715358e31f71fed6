// reverse_sequence: the first elements along time reversed, as many as each batch says (ONNX
// ReverseSequence).
#pragma once

#include "ops/attrs.h"

namespace hone {

struct ReverseSequenceAttrs {
  int64_t batch_axis = 1;  // one of the first two
  int64_t time_axis = 0;   // the other one
  void visit(AttrVisitor& v) {
    v.field("batch_axis", batch_axis);
    v.field("time_axis", time_axis);
  }
};

}  // namespace hone
