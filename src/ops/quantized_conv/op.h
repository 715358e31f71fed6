// quantized_conv: convolution of 8-bit codes over 0 to 3 spatial axes, channels last, with 32-bit
// sums rounded to 8-bit codes (ONNX QLinearConv and QLinearMatMul, TFLite's integer CONV_2D,
// DEPTHWISE_CONV_2D and FULLY_CONNECTED):
//   y = clamp(round(f32(sum (x - x_zero) (weight - w_zero) + bias) * scale) + y_zero, low, high),
// rounded half to even; with scales in f64, the product with the sum is in fixed point
// (FixedScale), as TFLite has it. What is padded counts as x_zero. Sums fit in 32 bits; with a bias
// that takes them beyond, they wrap: whoever makes the node sees to it that none does.
#pragma once

#include "ops/attrs.h"
#include "ops/quantized.h"
#include "ops/window.h"

namespace hone {

struct QuantizedConvAttrs {
  WindowAttrs window;
  int64_t groups = 1;
  int64_t x_zero = 0;
  int64_t w_zero = 0;
  CodesAttrs y;
  void visit(AttrVisitor& v) {
    window.visit(v);
    v.field("groups", groups);
    v.field("x_zero", x_zero);
    v.field("w_zero", w_zero);
    y.visit(v);
  }
};

}  // namespace hone
