// loop: a graph repeated while a condition holds, at most a number of times (ONNX Loop).
#pragma once

#include "ops/attrs.h"

namespace hone {

struct LoopAttrs {
  int64_t carried = 0;  // values that pass from one iteration to the next
  void visit(AttrVisitor& v) { v.field("carried", carried); }
};

}  // namespace hone
