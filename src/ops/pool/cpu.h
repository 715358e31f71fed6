// What the pool kernels of each instruction set take. Plain data only.
#pragma once

#include <stdint.h>

namespace hone {

// One row of places and the rows of x that they see.
struct PoolAxis {
  int64_t size, out, kernel, stride, dilation, begin, end;
};

struct PoolPlane {
  const float* x;
  float* y;
  PoolAxis axes[3];  // depth, height, width
  bool average;      // else the largest
  bool count_padding;
};

struct PoolFns {
  void (*plane)(const PoolPlane&);
};

}  // namespace hone
