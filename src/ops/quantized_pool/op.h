// quantized_pool: the largest or the mean of 8-bit codes in a window over 1 to 3 spatial axes,
// channels last (TFLite's integer AVERAGE_POOL_2D, MAX_POOL_2D and MEAN).
//   average: y = code of f32(sum of (x - x_zero)) * (scale / taps), in f32; scale in units of y's
//   max:     y = the largest x, clamped: x and y are codes of the same meaning, scale is not used
#pragma once

#include "ops/attrs.h"
#include "ops/pool/op.h"
#include "ops/quantized.h"

namespace hone {

struct QuantizedPoolAttrs {
  PoolAttrs pool;  // max or average, without indices
  int64_t x_zero = 0;
  float scale = 1;
  CodesAttrs y;
  void visit(AttrVisitor& v) {
    pool.visit(v);
    v.field("x_zero", x_zero);
    v.field("scale", scale);
    y.visit(v);
  }
};

}  // namespace hone
