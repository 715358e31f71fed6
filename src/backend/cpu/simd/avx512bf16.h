// AVX-512 with the products of bf16: avx512vnni.h in a unit that is compiled for them.
#pragma once

#include "backend/cpu/simd/avx512vnni.h"

namespace hone::avx512bf16 {

using namespace avx512vnni;  // NOLINT(google-build-using-namespace): one set more than another

// A pair is 32 bits: two bf16 numbers, the first in the low half. Rounding is to the nearest even.
// The pairs of a and b, lane by lane.
static inline F pair(F a, F b) {
  const __m512i lanes = _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24,
                                         8, 23, 7, 22, 6, 21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
  const auto both = (__m512i)_mm512_cvtne2ps_pbh(b, a);
  return _mm512_castsi512_ps(_mm512_permutexvar_epi16(lanes, both));
}
// The pairs of neighbors in a, then those in b.
static inline void store_pairs(uint32_t* to, F a, F b) {
  _mm512_storeu_si512(to, (__m512i)_mm512_cvtne2ps_pbh(b, a));
}
static inline F load_pairs(const uint32_t* from) {
  return _mm512_castsi512_ps(_mm512_loadu_si512(from));
}
static inline F set_pair(uint32_t pair) {
  return _mm512_castsi512_ps(_mm512_set1_epi32(static_cast<int>(pair)));
}
// sums + a.first * b.first + a.second * b.second; subnormal numbers count as zeros.
static inline F dot_pairs(F sums, F a, F b) {
  return _mm512_dpbf16_ps(sums, (__m512bh)_mm512_castps_si512(a), (__m512bh)_mm512_castps_si512(b));
}

}  // namespace hone::avx512bf16
