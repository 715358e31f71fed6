// What the attention kernels of each instruction set take. Plain data only.
#pragma once

#include <stdint.h>

#include "backend/cpu/kv_layout.h"

namespace hone {

// A query row is one head of one token. Positions are attended in splits with fixed borders; each
// split gives a partial result (peak, weight, sum), and partial results are merged in order, so
// that neither the number of threads nor the rows beside it change a row's result.
inline constexpr int64_t kKvSplit = 256;  // positions; a multiple of kKvPage

struct AttentionTask {
  KvView keys;
  KvView values;
  const int32_t* pages;  // of the sequence: page number by position / kKvPage
  int64_t kv_head;
  int64_t head_dim;
  float scale;
  float softcap;  // 0: off
  // Query rows that share a sequence and a key head; at most kMaxQueryRows.
  int64_t rows;
  const float* const* queries;  // [rows] -> [head_dim]
  const int32_t* first;         // [rows]: first position seen
  const int32_t* last;          // [rows]: last position seen
};
inline constexpr int64_t kMaxQueryRows = 16;

// What one split leaves of one row: exp(score - peak) sums to `weight`, times values to `sum`.
struct AttentionPartial {
  float peak;
  float weight;
};

struct AttentionFns {
  // Attends split `split`; writes partials[row] and sums[row][head_dim].
  void (*split)(const AttentionTask&, int64_t split, AttentionPartial* partials, float* sums);
  // total += part, keeping the larger peak. `total_sum` and `part_sum` have head_dim floats.
  void (*merge)(AttentionPartial* total, float* total_sum, const AttentionPartial* part,
                const float* part_sum, int64_t head_dim);
  // y = sum / weight.
  void (*finish)(const AttentionPartial* total, const float* sum, int64_t head_dim, float* y);
};

// The peak of a row that has seen nothing: finite, so that differences of peaks stay numbers.
inline constexpr float kNoPeak = -1e30f;

}  // namespace hone
