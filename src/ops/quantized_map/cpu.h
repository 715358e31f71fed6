// What the quantized_map kernels of each instruction set take. Plain data only.
#pragma once

#include <stdint.h>

namespace hone {

struct QuantizedMapFns {
  // y[i] = table[x[i]]; y may be x.
  void (*map)(const uint8_t* table, const uint8_t* x, uint8_t* y, int64_t count);
};

}  // namespace hone
