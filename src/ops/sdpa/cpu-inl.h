// sdpa for one instruction set.
#include "ops/sdpa/cpu.h"

namespace hone::HONE_ISA {
namespace {

#include "backend/cpu/simd/math-inl.h"
#include "backend/cpu/simd/row_pointers-inl.h"
#include "backend/cpu/simd/transpose-inl.h"

constexpr int kV = kTileVectors;

inline float dot(const float* a, const float* b, int64_t n) {
  F sums = set(0.0f);
  int64_t i = 0;
  for (; i + 16 <= n; i += 16) sums = fma(load(a + i), load(b + i), sums);
  if (const int rest = static_cast<int>(n - i); rest > 0) {
    sums = fma(load_part(a + i, rest), load_part(b + i, rest), sums);
  }
  return sum(sums);
}

void dots(const float* q, const float* k, int64_t stride, int64_t count, int64_t size, float scale,
          float* scores) {
  for (int64_t j = 0; j < count; ++j) scores[j] = dot(q, k + j * stride, size) * scale;
}

template <class Function>
inline void map(float* x, int64_t count, Function f) {
  int64_t i = 0;
  for (; i + 16 <= count; i += 16) store(x + i, f(load(x + i)));
  if (const int rest = static_cast<int>(count - i); rest > 0) {
    store_part(x + i, f(load_part(x + i, rest)), rest);
  }
}

void softcap(float* scores, int64_t count, float cap) {
  map(scores, count, [=](F x) { return mul(set(cap), tanh(div(x, set(cap)))); });
}

// Scores `left` of which are there; those behind them count for nothing.
F load_scores(const float* scores, int64_t left) {
  if (left >= 16) return load(scores);
  float lanes[16];
  store(lanes, set(-__builtin_inff()));
  store_part(lanes, load_part(scores, static_cast<int>(left)), static_cast<int>(left));
  return load(lanes);
}
void store_scores(float* scores, F x, int64_t left) {
  if (left >= 16) return store(scores, x);
  store_part(scores, x, static_cast<int>(left));
}

// A NaN anywhere makes the sum one. Beside keys that are not seen at all there is nothing to share
// out: zeros.
void softmax(float* scores, int64_t count) {
  const float off = -__builtin_inff();
  F most = set(off), total = set(0.0f);
  for (int64_t i = 0; i < count; i += 16) most = max(load_scores(scores + i, count - i), most);
  const float peak = max_of(most);
  const F shift = set(peak == off ? 0.0f : peak);
  for (int64_t i = 0; i < count; i += 16) {
    const F e = exp(sub(load_scores(scores + i, count - i), shift));
    store_scores(scores + i, e, count - i);
    total = add(total, e);
  }
  const float all = sum(total);
  const F factor = set(all == 0 ? 0.0f : 1 / all);
  map(scores, count, [=](F x) { return mul(x, factor); });
}

void weighted_sum(const float* weights, const float* v, int64_t stride, int64_t count, int64_t size,
                  float* y) {
  int64_t i = 0;
  for (; i + 32 <= size; i += 32) {
    F low = load(y + i), high = load(y + i + 16);
    for (int64_t j = 0; j < count; ++j) {
      const F weight = set(weights[j]);
      low = fma(weight, load(v + j * stride + i), low);
      high = fma(weight, load(v + j * stride + i + 16), high);
    }
    store(y + i, low);
    store(y + i + 16, high);
  }
  for (; i < size; i += 16) {
    const int n = size - i < 16 ? static_cast<int>(size - i) : 16;
    F sums = load_part(y + i, n);
    for (int64_t j = 0; j < count; ++j) {
      sums = fma(set(weights[j]), load_part(v + j * stride + i, n), sums);
    }
    store_part(y + i, sums, n);
  }
}

void turn(const float* k, int64_t stride, int64_t keys, int64_t size, float* turned,
          int64_t columns) {
  for (int64_t j = 0; j < columns; j += 16) {
    const int64_t count = keys - j < 16 ? (keys > j ? keys - j : 0) : 16;
    for (int64_t d = 0; d < size; d += 16) {
      const int wide = static_cast<int>(size - d < 16 ? size - d : 16);
      F rows[16];
      for (int i = 0; i < 16; ++i) {
        rows[i] = i < count ? load_part(k + (j + i) * stride + d, wide) : set(0.0f);
      }
      transpose(rows);
      for (int i = 0; i < wide; ++i) store(turned + (d + i) * columns + j, rows[i]);
    }
  }
}

template <int R>
void scores_of(const SdpaScores& s) {
  static_assert(kSdpaColumns % (16 * kV) == 0);
  for (int64_t j = 0; j < s.columns; j += 16 * kV) {
    F all[R][kV];
#pragma GCC unroll 16
    for (int i = 0; i < R; ++i) {
      for (int v = 0; v < kV; ++v) all[i][v] = set(0.0f);
    }
    RowPointers<R> q(s.q, s.q_stride);
    const float* keys = s.keys + j;
    for (int64_t d = 0; d < s.size; ++d, keys += s.columns, q.step(1)) {
      F key[kV];
      for (int v = 0; v < kV; ++v) key[v] = load(keys + 16 * v);
#pragma GCC unroll 16
      for (int i = 0; i < R; ++i) {
        const F x = q.take(i);
        for (int v = 0; v < kV; ++v) all[i][v] = fma(x, key[v], all[i][v]);
      }
    }
    const F scale = set(s.scale);
#pragma GCC unroll 16
    for (int i = 0; i < R; ++i) {
      for (int v = 0; v < kV; ++v) {
        store(s.scores + i * s.scores_stride + j + 16 * v, mul(all[i][v], scale));
      }
    }
  }
}

// Of `vectors` vectors of values; a single one may be a part of one.
template <int R, int vectors>
void mix_columns(const SdpaMix& m, int64_t d, int n) {
  F all[R][vectors];
#pragma GCC unroll 16
  for (int i = 0; i < R; ++i) {
    for (int v = 0; v < vectors; ++v) all[i][v] = set(0.0f);
  }
  RowPointers<R> weights(m.weights, m.stride);
  const float* values = m.v + d;
  for (int64_t j = 0; j < m.keys; ++j, values += m.v_stride, weights.step(1)) {
    F value[vectors];
    for (int v = 0; v < vectors; ++v) {
      value[v] = n == 16 ? load(values + 16 * v) : load_part(values, n);
    }
#pragma GCC unroll 16
    for (int i = 0; i < R; ++i) {
      const F weight = weights.take(i);
      for (int v = 0; v < vectors; ++v) all[i][v] = fma(weight, value[v], all[i][v]);
    }
  }
#pragma GCC unroll 16
  for (int i = 0; i < R; ++i) {
    for (int v = 0; v < vectors; ++v) {
      float* to = m.y + i * m.y_stride + d + 16 * v;
      if (n == 16) {
        store(to, all[i][v]);
      } else {
        store_part(to, all[i][v], n);
      }
    }
  }
}

template <int R>
void mix_of(const SdpaMix& m) {
  int64_t d = 0;
  for (; d + 16 * kV <= m.size; d += 16 * kV) mix_columns<R, kV>(m, d, 16);
  for (; d + 16 <= m.size; d += 16) mix_columns<R, 1>(m, d, 16);
  if (d < m.size) mix_columns<R, 1>(m, d, static_cast<int>(m.size - d));
}

template <int R>
void scores_up_to(const SdpaScores& s, int64_t queries) {
  if constexpr (R > 0) {
    if (queries == R) return scores_of<R>(s);
    scores_up_to<R - 1>(s, queries);
  }
}
template <int R>
void mix_up_to(const SdpaMix& m, int64_t queries) {
  if constexpr (R > 0) {
    if (queries == R) return mix_of<R>(m);
    mix_up_to<R - 1>(m, queries);
  }
}

}  // namespace

extern const SdpaFns sdpa_fns;
const SdpaFns sdpa_fns = {dots,
                          softcap,
                          softmax,
                          weighted_sum,
                          turn,
                          kTileRows,
                          scores_up_to<kTileRows>,
                          mix_up_to<kTileRows>};

}  // namespace hone::HONE_ISA
