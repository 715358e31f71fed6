// unary for one instruction set.
#include "ops/unary/cpu.h"

namespace hone::HONE_ISA {
namespace {

#include "backend/cpu/simd/math-inl.h"
#include "backend/cpu/simd/unary-inl.h"

template <F (*function)(F)>
void map(const float* x, int64_t count, float* y) {
  int64_t i = 0;
  for (; i + 16 <= count; i += 16) store(y + i, function(load(x + i)));
  if (const int n = static_cast<int>(count - i); n > 0) {
    store_part(y + i, function(load_part(x + i, n)), n);
  }
}

}  // namespace

extern const UnaryFns unary_fns;
const UnaryFns unary_fns = {
    {map<silu>, map<gelu_tanh>, map<relu>, map<sigmoid>, map<tanh>, map<exp>, map<negate>}};

}  // namespace hone::HONE_ISA
