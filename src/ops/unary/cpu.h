// What the unary kernels of each instruction set take. Plain data only.
#pragma once

#include <stdint.h>

namespace hone {

struct UnaryFns {
  using Map = void (*)(const float* x, int64_t count, float alpha, float beta, float* y);
  Map maps[26];  // by UnaryKind, the first kUnarySimdKinds
};

}  // namespace hone
