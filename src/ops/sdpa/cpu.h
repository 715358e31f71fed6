// What the sdpa kernels of each instruction set take. Plain data only.
#pragma once

#include <stdint.h>

namespace hone {

inline constexpr int64_t kSdpaColumns = 32;  // keys are computed by so many

// Products of queries and keys, of which `keys` holds one element of all in a row.
struct SdpaScores {
  const float* q;
  int64_t q_stride;
  const float* keys;  // [size][columns]
  int64_t columns, size;
  float scale;
  float* scores;  // [queries][scores_stride]
  int64_t scores_stride;
};

// Sums of values by weight.
struct SdpaMix {
  const float* weights;  // [queries][stride]
  int64_t stride;
  const float* v;
  int64_t v_stride, keys, size;
  float* y;
  int64_t y_stride;
};

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
  // [keys][size] to [size][columns], columns being a multiple of kSdpaColumns; zeros behind the
  // keys.
  void (*turn)(const float* k, int64_t stride, int64_t keys, int64_t size, float* turned,
               int64_t columns);
  int rows_at_once;
  // Both of 1 to rows_at_once queries.
  void (*scores)(const SdpaScores&, int64_t queries);
  void (*mix)(const SdpaMix&, int64_t queries);
};

}  // namespace hone
