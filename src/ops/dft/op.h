// dft: the discrete Fourier transform along an axis (ONNX DFT); complex numbers are a last axis
// of 2.
#pragma once

#include "ops/attrs.h"

namespace hone {

struct DftAttrs {
  int64_t axis = -2;      // unless the operand `axis` gives it
  bool inverse = false;   // divided by the length
  bool onesided = false;  // of real x: half the frequencies; inverse: from half of them, real
  void visit(AttrVisitor& v) {
    v.field("axis", axis);
    v.field("inverse", inverse);
    v.field("onesided", onesided);
  }
};

}  // namespace hone
