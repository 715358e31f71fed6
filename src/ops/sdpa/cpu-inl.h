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

}  // namespace

extern const SdpaFns sdpa_fns;
const SdpaFns sdpa_fns = {dots, softcap, softmax, weighted_sum};

}  // namespace hone::HONE_ISA
