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
};

}  // namespace hone
