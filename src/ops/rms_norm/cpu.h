// What the rms_norm kernels of each instruction set take. Plain data only.
#pragma once

#include <stdint.h>

namespace hone {

struct RmsNormFns {
  // `columns` floats a row; y is floats, or Q8Blocks with columns a multiple of 32.
  void (*f32)(const float* x, const float* weight, float eps, int64_t columns, int64_t rows,
              float* y);
  void (*q8_a)(const float* x, const float* weight, float eps, int64_t columns, int64_t rows,
               void* y);
};

}  // namespace hone
