// What the recurrent kernels of each instruction set take. Plain data only.
#pragma once

#include <stdint.h>

namespace hone {

struct RecurrentFns {
  // y[v][r] = start[r] + dot(w[r], x[v]) for `rows` rows of `columns` floats and `vectors` vectors;
  // start is not y. The order of a sum does not depend on `vectors`.
  void (*products)(const float* w, int64_t rows, int64_t columns, const float* x, int64_t x_stride,
                   int64_t vectors, const float* start, float* y, int64_t y_stride);
  void (*sigmoid)(float* x, int64_t count);  // in place
  void (*tanh)(float* x, int64_t count);
};

}  // namespace hone
