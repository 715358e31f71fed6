// sdpa for one instruction set.
#include "ops/sdpa/cpu.h"

namespace hone::HONE_ISA {
namespace {

#include "backend/cpu/simd/math-inl.h"

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

void softmax(float* scores, int64_t count) {
  const float off = -__builtin_inff();
  float peak = off;
  for (int64_t i = 0; i < count; ++i) {
    if (!(scores[i] <= peak)) peak = scores[i];  // a NaN stays
    if (peak != peak) break;
  }
  if (peak == off) {
    for (int64_t i = 0; i < count; ++i) scores[i] = 0;
    return;
  }
  map(scores, count, [=](F x) { return exp(sub(x, set(peak))); });
  F sums = set(0.0f);
  int64_t i = 0;
  for (; i + 16 <= count; i += 16) sums = add(sums, load(scores + i));
  if (const int rest = static_cast<int>(count - i); rest > 0) {
    sums = add(sums, load_part(scores + i, rest));
  }
  const F total = set(sum(sums));
  map(scores, count, [=](F x) { return div(x, total); });
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
  constexpr int64_t kBlock = 16;  // of keys, so that lines are written whole
  for (int64_t j = 0; j < columns; j += kBlock) {
    const int64_t count = keys - j < kBlock ? (keys > j ? keys - j : 0) : kBlock;
    for (int64_t d = 0; d < size; ++d) {
      float* to = turned + d * columns + j;
      for (int64_t i = 0; i < count; ++i) to[i] = k[(j + i) * stride + d];
      for (int64_t i = count; i < kBlock; ++i) to[i] = 0;
    }
  }
}

template <int kQ>
void scores_of(const SdpaScores& s) {
  static_assert(kSdpaColumns == 32);
  for (int64_t j = 0; j < s.columns; j += kSdpaColumns) {
    F low[kQ], high[kQ];
    for (int i = 0; i < kQ; ++i) low[i] = high[i] = set(0.0f);
    for (int64_t d = 0; d < s.size; ++d) {
      const F first = load(s.keys + d * s.columns + j),
              second = load(s.keys + d * s.columns + j + 16);
      for (int i = 0; i < kQ; ++i) {
        const F q = set(s.q[i * s.q_stride + d]);
        low[i] = fma(q, first, low[i]);
        high[i] = fma(q, second, high[i]);
      }
    }
    for (int i = 0; i < kQ; ++i) {
      store(s.scores + i * s.columns + j, mul(low[i], set(s.scale)));
      store(s.scores + i * s.columns + j + 16, mul(high[i], set(s.scale)));
    }
  }
}

template <int kQ>
void mix_of(const SdpaMix& m) {
  int64_t d = 0;
  for (; d + 32 <= m.size; d += 32) {
    F low[kQ], high[kQ];
    for (int i = 0; i < kQ; ++i) low[i] = high[i] = set(0.0f);
    for (int64_t j = 0; j < m.keys; ++j) {
      const F first = load(m.v + j * m.v_stride + d), second = load(m.v + j * m.v_stride + d + 16);
      for (int i = 0; i < kQ; ++i) {
        const F weight = set(m.weights[i * m.columns + j]);
        low[i] = fma(weight, first, low[i]);
        high[i] = fma(weight, second, high[i]);
      }
    }
    for (int i = 0; i < kQ; ++i) {
      store(m.y + i * m.y_stride + d, low[i]);
      store(m.y + i * m.y_stride + d + 16, high[i]);
    }
  }
  for (; d < m.size; d += 16) {
    const int n = m.size - d < 16 ? static_cast<int>(m.size - d) : 16;
    F sums[kQ];
    for (int i = 0; i < kQ; ++i) sums[i] = set(0.0f);
    for (int64_t j = 0; j < m.keys; ++j) {
      const F v = load_part(m.v + j * m.v_stride + d, n);
      for (int i = 0; i < kQ; ++i) sums[i] = fma(set(m.weights[i * m.columns + j]), v, sums[i]);
    }
    for (int i = 0; i < kQ; ++i) store_part(m.y + i * m.y_stride + d, sums[i], n);
  }
}

void scores(const SdpaScores& s, int64_t queries) {
  if (queries == 4) return scores_of<4>(s);
  if (queries == 3) return scores_of<3>(s);
  if (queries == 2) return scores_of<2>(s);
  scores_of<1>(s);
}

void mix(const SdpaMix& m, int64_t queries) {
  if (queries == 4) return mix_of<4>(m);
  if (queries == 3) return mix_of<3>(m);
  if (queries == 2) return mix_of<2>(m);
  mix_of<1>(m);
}

}  // namespace

extern const SdpaFns sdpa_fns;
const SdpaFns sdpa_fns = {dots, softcap, softmax, weighted_sum, turn, scores, mix};

}  // namespace hone::HONE_ISA
