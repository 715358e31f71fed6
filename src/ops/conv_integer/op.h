// conv_integer: convolution of 8-bit codes less their zero points, in 32 bits that wrap (ONNX
// ConvInteger); what is padded counts as the zero point.
#pragma once

#include "ops/attrs.h"
#include "ops/window.h"

namespace hone {

struct ConvIntegerAttrs {
  WindowAttrs window;
  int64_t groups = 1;
  void visit(AttrVisitor& v) {
    window.visit(v);
    v.field("groups", groups);
  }
};

}  // namespace hone
