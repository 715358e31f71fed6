// Matrix times vector, and the usual activations, for one instruction set.
#include "ops/recurrent/cpu.h"

namespace hone::HONE_ISA {
namespace {

#include "backend/cpu/simd/math-inl.h"

// Dot products of `rows` rows with `vectors` vectors at once: a single one waits for each addition.
constexpr int kRows = 4;
constexpr int kVectors = kRowsAtOnce == 16 ? 4 : 1;

struct Products {
  const float* w;
  int64_t columns;
  const float* x;
  int64_t x_stride;
  const float* start;
  float* y;
  int64_t y_stride;
};

template <int rows, int vectors>
struct ProductSums {
  F v[rows][vectors];
};

// `some(p)` loads 16 elements, or what is left of them.
template <int rows, int vectors, class Load>
inline void add_products(const Products& p, const float* w, const float* x, Load some,
                         ProductSums<rows, vectors>& sums) {
  F b[vectors];
#pragma GCC unroll 4
  for (int v = 0; v < vectors; ++v) b[v] = some(x + v * p.x_stride);
#pragma GCC unroll 4
  for (int r = 0; r < rows; ++r) {
    const F a = some(w + r * p.columns);
#pragma GCC unroll 4
    for (int v = 0; v < vectors; ++v) sums.v[r][v] = fma(a, b[v], sums.v[r][v]);
  }
}

template <int rows, int vectors>
void products_block(const Products& p, int64_t row, int64_t vector) {
  const float *w = p.w + row * p.columns, *x = p.x + vector * p.x_stride;
  ProductSums<rows, vectors> sums;
#pragma GCC unroll 4
  for (int r = 0; r < rows; ++r) {
#pragma GCC unroll 4
    for (int v = 0; v < vectors; ++v) sums.v[r][v] = set(0.0f);
  }
  int64_t i = 0;
  for (; i + 16 <= p.columns; i += 16) {
    add_products(p, w + i, x + i, [](const float* from) { return load(from); }, sums);
  }
  if (const int left = static_cast<int>(p.columns - i); left > 0) {
    add_products(
        p, w + i, x + i, [left](const float* from) { return load_part(from, left); }, sums);
  }
#pragma GCC unroll 4
  for (int r = 0; r < rows; ++r) {
    const float first = p.start[row + r];
#pragma GCC unroll 4
    for (int v = 0; v < vectors; ++v) {
      p.y[(vector + v) * p.y_stride + row + r] = first + sum(sums.v[r][v]);
    }
  }
}

template <int rows>
void products_rows(const Products& p, int64_t row, int64_t vectors) {
  int64_t v = 0;
  for (; v + kVectors <= vectors; v += kVectors) products_block<rows, kVectors>(p, row, v);
  for (; v < vectors; ++v) products_block<rows, 1>(p, row, v);
}

void products(const float* w, int64_t rows, int64_t columns, const float* x, int64_t x_stride,
              int64_t vectors, const float* start, float* y, int64_t y_stride) {
  const Products p{w, columns, x, x_stride, start, y, y_stride};
  int64_t row = 0;
  for (; row + kRows <= rows; row += kRows) products_rows<kRows>(p, row, vectors);
  for (; row < rows; ++row) products_rows<1>(p, row, vectors);
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
