// glu for one instruction set.
#include "ops/glu/cpu.h"

namespace hone::HONE_ISA {
namespace {

#include "backend/cpu/simd/math-inl.h"
#include "backend/cpu/simd/quantize-inl.h"
#include "backend/cpu/simd/unary-inl.h"

template <F (*activation)(F)>
void glu_f32(const float* gate, const float* up, int64_t count, float* y) {
  int64_t i = 0;
  for (; i + 16 <= count; i += 16) store(y + i, mul(activation(load(gate + i)), load(up + i)));
  if (const int n = static_cast<int>(count - i); n > 0) {
    store_part(y + i, mul(activation(load_part(gate + i, n)), load_part(up + i, n)), n);
  }
}

template <F (*activation)(F)>
void glu_q8_a(const float* gate, const float* up, int64_t blocks, Q8Block* y) {
  for (int64_t b = 0; b < blocks; ++b, gate += kQ8Elements, up += kQ8Elements) {
    const F low = mul(activation(load(gate)), load(up));
    const F high = mul(activation(load(gate + 16)), load(up + 16));
    quantize_block(low, high, y + b);
  }
}

}  // namespace

extern const GluFns glu_fns;
const GluFns glu_fns = {{glu_f32<silu>, glu_f32<gelu_tanh>}, {glu_q8_a<silu>, glu_q8_a<gelu_tanh>}};

}  // namespace hone::HONE_ISA
