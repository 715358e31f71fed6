// Matrix times vector, and the usual activations, for one instruction set.
#include "ops/recurrent/cpu.h"

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

void products(const float* w, int64_t rows, int64_t columns, const float* x, int64_t x_stride,
              int64_t vectors, const float* start, float* y, int64_t y_stride) {
  for (int64_t r = 0; r < rows; ++r, w += columns) {
    const float first = start[r];
    for (int64_t v = 0; v < vectors; ++v) {
      y[v * y_stride + r] = first + dot(w, x + v * x_stride, columns);
    }
  }
}

template <F (*f)(F)>
void map(float* x, int64_t count) {
  int64_t i = 0;
  for (; i + 16 <= count; i += 16) store(x + i, f(load(x + i)));
  if (const int rest = static_cast<int>(count - i); rest > 0) {
    store_part(x + i, f(load_part(x + i, rest)), rest);
  }
}

}  // namespace

extern const RecurrentFns recurrent_fns;
const RecurrentFns recurrent_fns = {products, map<sigmoid>, map<tanh>};

}  // namespace hone::HONE_ISA
