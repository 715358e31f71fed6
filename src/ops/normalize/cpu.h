// What the normalize kernels of each instruction set take. Plain data only.
#pragma once

#include <stdint.h>

namespace hone {

struct NormalizeFns {
  // Sum of n numbers, and of the squares of their distances from `center`.
  float (*sum)(const float* x, int64_t n);
  float (*squares)(const float* x, int64_t n, float center);
  // y = (x - mean) factor, times scale plus bias for each element, where they are not null.
  void (*rows)(const float* x, int64_t n, float mean, float factor, const float* scale,
               const float* bias, float* y);
  // y = (x - mean) factor + shift
  void (*runs)(const float* x, int64_t n, float mean, float factor, float shift, float* y);
};

}  // namespace hone
