// What the sdpa kernels of each instruction set take. Plain data only.
#pragma once

#include <stdint.h>

namespace hone {

struct SdpaFns {
  // scores[j] = dot(q, k + j * stride) * scale for `count` keys of `size` floats.
  void (*dots)(const float* q, const float* k, int64_t stride, int64_t count, int64_t size,
               float scale, float* scores);
  void (*softcap)(float* scores, int64_t count, float cap);
  // In place; zeros if all are -infinity.
  void (*softmax)(float* scores, int64_t count);
  // y += the sum of weights[j] * (v + j * stride), in the order of j.
  void (*weighted_sum)(const float* weights, const float* v, int64_t stride, int64_t count,
                       int64_t size, float* y);
};

}  // namespace hone
