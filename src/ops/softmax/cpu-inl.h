// softmax for one instruction set.
#include <math.h>

#include "ops/softmax/cpu.h"

namespace hone::HONE_ISA {
namespace {

#include "backend/cpu/simd/math-inl.h"

const float kLowest = -__builtin_inff();

F load_or(const float* x, int64_t left, float missing) {
  if (left >= 16) return load(x);
  float lanes[16];
  store(lanes, set(missing));
  store_part(lanes, load_part(x, static_cast<int>(left)), static_cast<int>(left));
  return load(lanes);
}
void store_up_to(float* y, F v, int64_t left) {
  if (left >= 16) return store(y, v);
  store_part(y, v, static_cast<int>(left));
}

// A NaN anywhere makes the sum one, whatever this says.
float peak(const float* x, int64_t n) {
  F most = set(kLowest);
  for (int64_t i = 0; i < n; i += 16) most = max(load_or(x + i, n - i, kLowest), most);
  return max_of(most);
}

void row(const float* x, int64_t n, float* y) {
  const F shift = set(peak(x, n));
  F total = set(0.0f);
  for (int64_t i = 0; i < n; i += 16) {
    const F e = exp(sub(load_or(x + i, n - i, kLowest), shift));
    store_up_to(y + i, e, n - i);
    total = add(total, e);
  }
  const F scale = set(1.0f / sum(total));
  for (int64_t i = 0; i < n; i += 16) {
    store_up_to(y + i, mul(load_or(y + i, n - i, 0.0f), scale), n - i);
  }
}

void log_row(const float* x, int64_t n, float* y) {
  const F shift = set(peak(x, n));
  F total = set(0.0f);
  for (int64_t i = 0; i < n; i += 16) {
    total = add(total, exp(sub(load_or(x + i, n - i, kLowest), shift)));
  }
  const F log_total = set(logf(sum(total)));
  for (int64_t i = 0; i < n; i += 16) {
    store_up_to(y + i, sub(sub(load_or(x + i, n - i, 0.0f), shift), log_total), n - i);
  }
}

// The largest of each column in work, the sums of e^(x - largest) behind them.
void gather(const float* x, int64_t n, int64_t stride, int64_t columns, float* work) {
  float* sums = work + columns;
  for (int64_t c = 0; c < columns; c += 16) {
    F most = set(kLowest), total = set(0.0f);
    for (int64_t i = 0; i < n; ++i)
      most = max(load_or(x + i * stride + c, columns - c, 0.0f), most);
    for (int64_t i = 0; i < n; ++i) {
      total = add(total, exp(sub(load_or(x + i * stride + c, columns - c, 0.0f), most)));
    }
    store_up_to(work + c, most, columns - c);
    store_up_to(sums + c, total, columns - c);
  }
}

void block(const float* x, int64_t n, int64_t stride, int64_t columns, float* work, float* y) {
  gather(x, n, stride, columns, work);
  for (int64_t i = 0; i < n; ++i, x += stride, y += stride) {
    for (int64_t c = 0; c < columns; c += 16) {
      const int64_t left = columns - c;
      const F e = exp(sub(load_or(x + c, left, 0.0f), load_or(work + c, left, 0.0f)));
      store_up_to(y + c, div(e, load_or(work + columns + c, left, 1.0f)), left);
    }
  }
}

void log_block(const float* x, int64_t n, int64_t stride, int64_t columns, float* work, float* y) {
  gather(x, n, stride, columns, work);
  for (int64_t c = 0; c < columns; ++c) work[columns + c] = logf(work[columns + c]);
  for (int64_t i = 0; i < n; ++i, x += stride, y += stride) {
    for (int64_t c = 0; c < columns; c += 16) {
      const int64_t left = columns - c;
      const F above = sub(load_or(x + c, left, 0.0f), load_or(work + c, left, 0.0f));
      store_up_to(y + c, sub(above, load_or(work + columns + c, left, 0.0f)), left);
    }
  }
}

}  // namespace

extern const SoftmaxFns softmax_fns;
const SoftmaxFns softmax_fns = {row, log_row, block, log_block};

}  // namespace hone::HONE_ISA
