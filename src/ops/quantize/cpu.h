// What the quantize kernels of each instruction set take. Plain data only.
#pragma once

#include <stdint.h>

namespace hone {

// Elements that share a scale, to codes of one byte.
struct QuantizeRun {
  const float* x;
  int64_t count;
  float scale;
  int32_t zero, low, high;  // low and high: the least and the greatest code
  uint8_t* y;
};

struct QuantizeFns {
  void (*run)(const QuantizeRun&);
  // The range of `count` elements with zero in it; what is no number counts for nothing.
  void (*range)(const float* x, int64_t count, float* low, float* high);
};

}  // namespace hone
