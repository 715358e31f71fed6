// normalize for one instruction set.
#include "ops/normalize/cpu.h"

namespace hone::HONE_ISA {
namespace {

float sum_of(const float* x, int64_t n) {
  F a = set(0.0f), b = a;
  int64_t i = 0;
  for (; i + 32 <= n; i += 32) {
    a = add(a, load(x + i));
    b = add(b, load(x + i + 16));
  }
  for (; i + 16 <= n; i += 16) a = add(a, load(x + i));
  if (i < n) b = add(b, load_part(x + i, static_cast<int>(n - i)));
  return sum(add(a, b));
}

float squares_of(const float* x, int64_t n, float center) {
  const F middle = set(center);
  F a = set(0.0f), b = a;
  int64_t i = 0;
  for (; i + 32 <= n; i += 32) {
    const F p = sub(load(x + i), middle), q = sub(load(x + i + 16), middle);
    a = fma(p, p, a);
    b = fma(q, q, b);
  }
  for (; i + 16 <= n; i += 16) {
    const F p = sub(load(x + i), middle);
    a = fma(p, p, a);
  }
  float all = sum(add(a, b));
  for (; i < n; ++i) all += (x[i] - center) * (x[i] - center);
  return all;
}

F near(const float* x, int64_t left) {
  return left >= 16 ? load(x) : load_part(x, static_cast<int>(left));
}
void put(float* y, F v, int64_t left) {
  if (left >= 16) return store(y, v);
  store_part(y, v, static_cast<int>(left));
}

void rows(const float* x, int64_t n, float mean, float factor, const float* scale,
          const float* bias, float* y) {
  const F middle = set(mean), by = set(factor);
  for (int64_t i = 0; i < n; i += 16) {
    F v = mul(sub(near(x + i, n - i), middle), by);
    if (scale != nullptr) v = mul(v, near(scale + i, n - i));
    if (bias != nullptr) v = add(v, near(bias + i, n - i));
    put(y + i, v, n - i);
  }
}

void runs(const float* x, int64_t n, float mean, float factor, float shift, float* y) {
  const F middle = set(mean), by = set(factor), up = set(shift);
  for (int64_t i = 0; i < n; i += 16) {
    put(y + i, fma(sub(near(x + i, n - i), middle), by, up), n - i);
  }
}

}  // namespace

extern const NormalizeFns normalize_fns;
const NormalizeFns normalize_fns = {sum_of, squares_of, rows, runs};

}  // namespace hone::HONE_ISA
