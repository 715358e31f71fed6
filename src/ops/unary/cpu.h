// What the unary kernels of each instruction set take. Plain data only.
#pragma once

#include <stdint.h>

namespace hone {

struct UnaryFns {
  using Map = void (*)(const float* x, int64_t count, float* y);
  Map maps[7];  // by UnaryKind
};

}  // namespace hone
