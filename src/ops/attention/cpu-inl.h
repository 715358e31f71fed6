// attention for one instruction set: online softmax (arXiv:1805.02867) over pages of 64 positions,
// keys and values widened from f16 once for up to 8 query rows.
#include "ops/attention/cpu.h"

namespace hone::HONE_ISA {
namespace {

#include "backend/cpu/simd/math-inl.h"

constexpr int kRowsATime = 8;

struct Row {
  const float* query;
  int64_t first, last;  // positions seen
  float peak, weight;
  float* sum;
};

// scores[r][i] = q[r] . k[group's position i] * scale, capped.
template <int kRows>
inline void score_group(const AttentionTask& t, const Row* rows, const uint16_t* keys,
                        float (*scores)[kKvPage], int64_t group) {
  F acc[kRows];
  for (int r = 0; r < kRows; ++r) acc[r] = set(0.0f);
  for (int64_t d = 0; d < t.head_dim; ++d) {
    const F k = load_f16(keys + d * kKvGroup);
    for (int r = 0; r < kRows; ++r) acc[r] = fma(set(rows[r].query[d]), k, acc[r]);
  }
  for (int r = 0; r < kRows; ++r) {
    F score = mul(acc[r], set(t.scale));
    if (t.softcap > 0) score = mul(tanh(div(score, set(t.softcap))), set(t.softcap));
    store(scores[r] + group * kKvGroup, score);
  }
}

// Turns a page's scores into weights exp(score - peak), zero where the row does not look; updates
// the row's peak and weight and gives back by what its sum must be scaled.
inline float weigh(Row& row, float* scores, int64_t base, int64_t count) {
  const F low = set(static_cast<float>(row.first - base) - 0.5f);
  const F high = set(static_cast<float>(row.last - base) + 0.5f);
  const F none = set(kNoPeak);
  F peak = none;
  for (int64_t i = 0; i < count; i += 16) {
    const F at = add(iota(), set(static_cast<float>(i)));
    const F score = where_less(low, at, where_less(at, high, load(scores + i), none), none);
    store(scores + i, score);
    peak = max(peak, score);
  }
  const float old = row.peak;
  const float page_peak = max_of(peak);
  row.peak = page_peak > old ? page_peak : old;
  F total = set(0.0f);
  for (int64_t i = 0; i < count; i += 16) {
    const F at = add(iota(), set(static_cast<float>(i)));
    const F weight = exp(sub(load(scores + i), set(row.peak)));
    const F seen = where_less(low, at, where_less(at, high, weight, set(0.0f)), set(0.0f));
    store(scores + i, seen);
    total = add(total, seen);
  }
  float lanes[16];
  store(lanes, exp(set(old - row.peak)));
  row.weight = row.weight * lanes[0] + sum(total);
  return lanes[0];
}

template <int kRows>
inline void add_values(const AttentionTask& t, const Row* rows, const uint16_t* values,
                       float (*weights)[kKvPage], const float* rescale, int64_t count) {
  for (int64_t d = 0; d < t.head_dim; d += 16) {
    F acc[kRows];
    for (int r = 0; r < kRows; ++r) acc[r] = mul(load(rows[r].sum + d), set(rescale[r]));
    for (int64_t i = 0; i < count; ++i) {
      const F v = load_f16(values + i * t.head_dim + d);
      for (int r = 0; r < kRows; ++r) acc[r] = fma(set(weights[r][i]), v, acc[r]);
    }
    for (int r = 0; r < kRows; ++r) store(rows[r].sum + d, acc[r]);
  }
}

template <int kRows>
void attend(const AttentionTask& t, Row* rows, int64_t begin, int64_t end) {
  for (int64_t base = begin; base < end; base += kKvPage) {
    const int64_t page = t.pages[base / kKvPage];
    const int64_t at = page * t.keys.page_elements + t.kv_head * kKvPage * t.head_dim;
    // Rows of values beyond the last position seen may hold anything, NaN included: not touched.
    const int64_t count = end - base < kKvPage ? end - base : kKvPage;
    alignas(64) float scores[kRows][kKvPage];
    const int64_t groups = (count + kKvGroup - 1) / kKvGroup;
    for (int64_t group = 0; group < groups; ++group) {
      score_group<kRows>(t, rows, t.keys.base + at + group * kKvGroup * t.head_dim, scores, group);
    }
    float rescale[kRows];
    for (int r = 0; r < kRows; ++r) rescale[r] = weigh(rows[r], scores[r], base, groups * kKvGroup);
    add_values<kRows>(t, rows, t.values.base + at, scores, rescale, count);
  }
}

void attend_split(const AttentionTask& t, int64_t split, AttentionPartial* partials, float* sums) {
  Row rows[kMaxQueryRows];
  for (int64_t r = 0; r < t.rows; ++r) {
    rows[r] = {t.queries[r], t.first[r], t.last[r], kNoPeak, 0.0f, sums + r * t.head_dim};
    for (int64_t d = 0; d < t.head_dim; ++d) rows[r].sum[d] = 0.0f;
  }
  int64_t row = 0;
  const auto run = [&](auto attend_rows, int64_t count) {
    int64_t first = INT64_MAX, last = -1;
    for (int64_t r = row; r < row + count; ++r) {
      first = rows[r].first < first ? rows[r].first : first;
      last = rows[r].last > last ? rows[r].last : last;
    }
    int64_t begin = split * kKvSplit, end = begin + kKvSplit;
    if (first / kKvPage * kKvPage > begin) begin = first / kKvPage * kKvPage;
    if (last + 1 < end) end = last + 1;
    attend_rows(t, rows + row, begin, end);
    row += count;
  };
  while (t.rows - row >= kRowsATime) run(attend<kRowsATime>, kRowsATime);
  while (t.rows - row >= 3) run(attend<3>, 3);
  while (t.rows - row >= 1) run(attend<1>, 1);
  for (int64_t r = 0; r < t.rows; ++r) partials[r] = {rows[r].peak, rows[r].weight};
}

void merge(AttentionPartial* total, float* total_sum, const AttentionPartial* part,
           const float* part_sum, int64_t head_dim) {
  const float peak = part->peak > total->peak ? part->peak : total->peak;
  const F keep = exp(set(total->peak - peak)), take = exp(set(part->peak - peak));
  float keep_lanes[16], take_lanes[16];
  store(keep_lanes, keep);
  store(take_lanes, take);
  total->weight = total->weight * keep_lanes[0] + part->weight * take_lanes[0];
  total->peak = peak;
  for (int64_t d = 0; d < head_dim; d += 16) {
    store(total_sum + d, fma(load(part_sum + d), take, mul(load(total_sum + d), keep)));
  }
}

void finish(const AttentionPartial* total, const float* sum, int64_t head_dim, float* y) {
  const F inverse = set(1.0f / total->weight);
  for (int64_t d = 0; d < head_dim; d += 16) store(y + d, mul(load(sum + d), inverse));
}

}  // namespace

extern const AttentionFns attention_fns;
const AttentionFns attention_fns = {attend_split, merge, finish};

}  // namespace hone::HONE_ISA
