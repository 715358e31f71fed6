// rms_norm for one instruction set.
#include "backend/cpu/q8_block.h"
#include "ops/rms_norm/cpu.h"

namespace hone::HONE_ISA {
namespace {

#include "backend/cpu/simd/quantize-inl.h"

inline float inverse_rms(const float* x, float eps, int64_t columns) {
  F squares = set(0.0f);
  int64_t i = 0;
  for (; i + 16 <= columns; i += 16) {
    const F v = load(x + i);
    squares = fma(v, v, squares);
  }
  if (const int n = static_cast<int>(columns - i); n > 0) {
    const F v = load_part(x + i, n);
    squares = fma(v, v, squares);
  }
  return 1.0f / __builtin_sqrtf(sum(squares) / static_cast<float>(columns) + eps);
}

void rms_norm_f32(const float* x, const float* weight, float eps, int64_t columns, int64_t rows,
                  float* y) {
  for (int64_t row = 0; row < rows; ++row, x += columns, y += columns) {
    const F scale = set(inverse_rms(x, eps, columns));
    int64_t i = 0;
    for (; i + 16 <= columns; i += 16) {
      store(y + i, mul(mul(load(x + i), scale), load(weight + i)));
    }
    if (const int n = static_cast<int>(columns - i); n > 0) {
      store_part(y + i, mul(mul(load_part(x + i, n), scale), load_part(weight + i, n)), n);
    }
  }
}

void rms_norm_q8_a(const float* x, const float* weight, float eps, int64_t columns, int64_t rows,
                   void* y) {
  auto* out = static_cast<Q8Block*>(y);
  for (int64_t row = 0; row < rows; ++row, x += columns) {
    const F scale = set(inverse_rms(x, eps, columns));
    for (int64_t i = 0; i < columns; i += kQ8Elements) {
      const F low = mul(mul(load(x + i), scale), load(weight + i));
      const F high = mul(mul(load(x + i + 16), scale), load(weight + i + 16));
      quantize_block(low, high, out++);
    }
  }
}

}  // namespace

extern const RmsNormFns rms_norm_fns;
const RmsNormFns rms_norm_fns = {rms_norm_f32, rms_norm_q8_a};

}  // namespace hone::HONE_ISA
