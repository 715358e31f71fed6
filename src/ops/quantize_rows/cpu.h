// What the quantize_rows kernels of each instruction set take. Plain data only.
#pragma once

#include <stdint.h>

#include "backend/cpu/q8_block.h"

namespace hone {

struct QuantizeRowsFns {
  void (*quantize)(const float* x, int64_t blocks, Q8Block* y);
};

}  // namespace hone
