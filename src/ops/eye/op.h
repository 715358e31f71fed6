// eye: a matrix as large as x with ones on a diagonal (ONNX EyeLike).
#pragma once

#include <string>

#include "ops/attrs.h"

namespace hone {

struct EyeAttrs {
  std::string dtype;     // a dtype's name; "" is x's
  int64_t diagonal = 0;  // above the main one, or below if it is negative
  void visit(AttrVisitor& v) {
    v.field("dtype", dtype);
    v.field("diagonal", diagonal);
  }
};

}  // namespace hone
