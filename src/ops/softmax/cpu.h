// What the softmax kernels of each instruction set take. Plain data only.
#pragma once

#include <stdint.h>

namespace hone {

struct SoftmaxFns {
  // Softmax of n neighbors, and its logarithm.
  void (*row)(const float* x, int64_t n, float* y);
  void (*log_row)(const float* x, int64_t n, float* y);
  // Softmax of each of `columns` columns of n elements that lie `stride` apart, and its logarithm;
  // `work` holds 2 * columns floats.
  void (*block)(const float* x, int64_t n, int64_t stride, int64_t columns, float* work, float* y);
  void (*log_block)(const float* x, int64_t n, int64_t stride, int64_t columns, float* work,
                    float* y);
};

}  // namespace hone
