// unary for one instruction set.
#include "ops/unary/cpu.h"

namespace hone::HONE_ISA {
namespace {

#include "backend/cpu/simd/math-inl.h"
#include "backend/cpu/simd/unary-inl.h"

template <F (*function)(F, F, F)>
void map(const float* x, int64_t count, float alpha, float beta, float* y) {
  const F a = set(alpha), b = set(beta);
  int64_t i = 0;
  for (; i + 16 <= count; i += 16) store(y + i, function(load(x + i), a, b));
  if (const int n = static_cast<int>(count - i); n > 0) {
    store_part(y + i, function(load_part(x + i, n), a, b), n);
  }
}

template <F (*function)(F)>
F plain(F x, F, F) {
  return function(x);
}
template <F (*function)(F)>
constexpr UnaryFns::Map of = map<plain<function>>;

}  // namespace

extern const UnaryFns unary_fns;
const UnaryFns unary_fns = {
    {of<silu>,   of<gelu_tanh>,     of<relu>,       of<sigmoid>,     of<tanh>,
     of<exp>,    of<negate>,        of<abs>,        of<sqrt>,        of<reciprocal>,
     of<round>,  of<floor>,         of<ceil>,       of<erf>,         of<gelu>,
     map<swish>, map<hard_sigmoid>, of<hard_swish>, map<leaky_relu>, map<elu>,
     map<selu>,  map<celu>,         of<mish>,       of<softsign>,    map<thresholded_relu>,
     map<shrink>}};

}  // namespace hone::HONE_ISA
