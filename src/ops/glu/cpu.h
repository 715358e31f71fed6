// What the glu kernels of each instruction set take. Plain data only.
#pragma once

#include <stdint.h>

#include "backend/cpu/q8_block.h"

namespace hone {

struct GluFns {
  // Indexed by whether the activation is silu (0) or gelu_tanh (1).
  void (*f32[2])(const float* gate, const float* up, int64_t count, float* y);
  void (*q8_a[2])(const float* gate, const float* up, int64_t blocks, Q8Block* y);
};

}  // namespace hone
