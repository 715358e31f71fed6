// quantized_pool: the largest or the mean of 8-bit codes in a window over 1 to 3 spatial axes,
// channels last (TFLite's integer AVERAGE_POOL_2D, MAX_POOL_2D and MEAN).
//   average: y = code of f32(sum of (x - x_zero)) * (x_scale / y_scale / taps), in f32
//   max:     y = the largest x, clamped: x and y are codes of the same meaning, scales are not used
// Averages in fixed point are TFLite's: over whole axes the FixedScale of x_scale / y_scale over
// the taps; in windows, where the scales are equal, the mean of the codes, rounded away from 0.
#pragma once

#include "ops/attrs.h"
#include "ops/pool/op.h"
#include "ops/quantized.h"

namespace hone {

struct QuantizedPoolAttrs {
  PoolAttrs pool;  // max or average, without indices
  int64_t x_zero = 0;
  float x_scale = 1, y_scale = 1;
  bool fixed_point = false;
  CodesAttrs y;
  void visit(AttrVisitor& v) {
    pool.visit(v);
    v.field("x_zero", x_zero);
    v.field("x_scale", x_scale);
    v.field("y_scale", y_scale);
    v.field("fixed_point", fixed_point);
    y.visit(v);
  }
};

// How the sum of `taps` codes less x_zero each (padding is 0) becomes the code of their mean.
class MeanRule {
 public:
  MeanRule(const QuantizedPoolAttrs& attrs, int64_t taps);
  float factor() const { return factor_; }  // where it is not fixed point
  double code(int64_t sum) const;

 private:
  const QuantizedPoolAttrs& attrs_;
  int64_t taps_;
  float factor_;
  bool whole_;  // a mean of codes as they are
  FixedScale scale_;
};

}  // namespace hone
