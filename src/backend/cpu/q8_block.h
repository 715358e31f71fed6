// Quantized activations, dtype q8_a: the memory form that quantize_rows writes and matmul reads.
// Included by kernels built for one instruction set: plain data only.
#pragma once

#include <stdint.h>

namespace hone {

// 32 activations x[i] ~ scale * codes[i].
struct Q8Block {
  float scale;       // max|x| / 127
  float scaled_sum;  // scale * sum: what a weight's minimum is multiplied by
  int32_t sum;       // of all 32 codes
  int32_t low_sum;   // of the first 16 codes, for weights with a scale every 16
  int8_t codes[32];
};
static_assert(sizeof(Q8Block) == 48);

inline constexpr int kQ8Elements = 32;

}  // namespace hone
