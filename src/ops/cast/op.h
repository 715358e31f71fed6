// cast: the same numbers as another dtype (ONNX Cast).
#pragma once

#include <string>

#include "ops/attrs.h"

namespace hone {

struct CastAttrs {
  std::string to = "f32";  // a dtype's name; "" is the dtype of the operand `like`
  bool saturate = true;    // of 8-bit floats: the largest number instead of infinity or NaN
  void visit(AttrVisitor& v) {
    v.field("to", to);
    v.field("saturate", saturate);
  }
};

}  // namespace hone
