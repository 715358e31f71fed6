// Vector primitives on AVX-512 F, BW, DQ, VL and VNNI; meanings as in scalar.h.
#pragma once

#include <immintrin.h>
#include <stdint.h>
#include <string.h>

namespace hone::avx512vnni {

using F = __m512;
using I = __m512i;
struct B {
  __m512i v;
};

static inline F load(const float* p) { return _mm512_loadu_ps(p); }
static inline void store(float* p, F a) { _mm512_storeu_ps(p, a); }
static inline __mmask16 first(int n) { return static_cast<__mmask16>((1u << n) - 1); }
static inline F load_part(const float* p, int n) { return _mm512_maskz_loadu_ps(first(n), p); }
static inline void store_part(float* p, F a, int n) { _mm512_mask_storeu_ps(p, first(n), a); }
using Range = __mmask16;
static inline Range range(int64_t low, int64_t high) {
  const auto until = [](int64_t lane) {
    return first(lane < 0 ? 0 : lane > 16 ? 16 : static_cast<int>(lane));
  };
  return until(high) & static_cast<__mmask16>(~until(low));
}
static inline F load_range(const float* p, Range lanes) { return _mm512_maskz_loadu_ps(lanes, p); }
static inline F even(F a, F b) {
  const __m512i lanes =
      _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
  return _mm512_permutex2var_ps(a, lanes, b);
}
static inline F odd(F a, F b) {
  const __m512i lanes =
      _mm512_setr_epi32(1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
  return _mm512_permutex2var_ps(a, lanes, b);
}
static inline F set(float x) { return _mm512_set1_ps(x); }
static inline F iota() {
  return _mm512_setr_ps(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
}
static inline F add(F a, F b) { return _mm512_add_ps(a, b); }
static inline F sub(F a, F b) { return _mm512_sub_ps(a, b); }
static inline F mul(F a, F b) { return _mm512_mul_ps(a, b); }
static inline F div(F a, F b) { return _mm512_div_ps(a, b); }
static inline F fma(F a, F b, F c) { return _mm512_fmadd_ps(a, b, c); }
static inline F min(F a, F b) { return _mm512_min_ps(a, b); }
static inline F max(F a, F b) { return _mm512_max_ps(a, b); }
static inline F abs(F a) { return _mm512_abs_ps(a); }
static inline F sqrt(F a) { return _mm512_sqrt_ps(a); }
static inline F where_nan(F a, F x, F y) {
  return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(a, a, _CMP_UNORD_Q), y, x);
}
static inline F where_less(F a, F b, F x, F y) {
  return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(a, b, _CMP_LT_OQ), y, x);
}
static inline float sum(F a) {
  const __m256 half = _mm256_add_ps(_mm512_castps512_ps256(a), _mm512_extractf32x8_ps(a, 1));
  __m128 quarter = _mm_add_ps(_mm256_castps256_ps128(half), _mm256_extractf128_ps(half, 1));
  quarter = _mm_add_ps(quarter, _mm_movehl_ps(quarter, quarter));
  return _mm_cvtss_f32(_mm_add_ss(quarter, _mm_movehdup_ps(quarter)));
}
static inline float max_of(F a) { return _mm512_reduce_max_ps(a); }
static inline F round(F a) {
  return _mm512_roundscale_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}
static inline F power_of_two(F n) {
  const __m512i exponent = _mm512_add_epi32(_mm512_cvtps_epi32(n), _mm512_set1_epi32(127));
  return _mm512_castsi512_ps(_mm512_slli_epi32(exponent, 23));
}
static inline F load_f16(const uint16_t* p) {
  return _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
}
static inline F load_bf16(const uint16_t* p) {
  const __m512i wide =
      _mm512_cvtepu16_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
  return _mm512_castsi512_ps(_mm512_slli_epi32(wide, 16));
}
// y[i] = table[x[i]] for the first of `count` bytes; how many that were. y may be x.
static inline int64_t map_bytes(const uint8_t* table, const uint8_t* x, uint8_t* y, int64_t count) {
  const __m512i t0 = _mm512_loadu_si512(table), t1 = _mm512_loadu_si512(table + 64);
  const __m512i t2 = _mm512_loadu_si512(table + 128), t3 = _mm512_loadu_si512(table + 192);
  // By a code in the low byte of each word: the word of two entries, then the entry in its low
  // byte.
  const auto look_up = [&](__m512i code) {
    const __m512i at = _mm512_srli_epi16(code, 1);
    const __m512i lower = _mm512_permutex2var_epi16(t0, at, t1);
    const __mmask32 upper = _mm512_test_epi16_mask(at, _mm512_set1_epi16(64));
    const __m512i both =
        _mm512_mask_blend_epi16(upper, lower, _mm512_permutex2var_epi16(t2, at, t3));
    const __m512i odd = _mm512_and_si512(code, _mm512_set1_epi16(1));
    return _mm512_srlv_epi16(both, _mm512_slli_epi16(odd, 3));
  };
  int64_t i = 0;
  for (; i + 64 <= count; i += 64) {
    const __m512i codes = _mm512_loadu_si512(x + i);
    const __m512i even = look_up(_mm512_and_si512(codes, _mm512_set1_epi16(255)));
    const __m512i odd = _mm512_slli_epi16(look_up(_mm512_srli_epi16(codes, 8)), 8);
    _mm512_storeu_si512(y + i, _mm512_mask_blend_epi8(0xAAAAAAAAAAAAAAAA, even, odd));
  }
  return i;
}
static inline F load_u8(const uint8_t* p) {
  return _mm512_cvtepi32_ps(
      _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))));
}
static inline F load_s8(const int8_t* p) {
  return _mm512_cvtepi32_ps(
      _mm512_cvtepi8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))));
}
static inline int32_t store_s8(int8_t* p, F a) {
  const __m512i codes = _mm512_cvtps_epi32(a);
  _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm512_cvtepi32_epi8(codes));
  return _mm512_reduce_add_epi32(codes);
}

static inline I splat(int32_t x) { return _mm512_set1_epi32(x); }
static inline I add(I a, I b) { return _mm512_add_epi32(a, b); }
static inline F to_float(I a) { return _mm512_cvtepi32_ps(a); }
static inline B load_b(const void* p) { return {_mm512_loadu_si512(p)}; }
static inline B low4(B a) { return {_mm512_and_si512(a.v, _mm512_set1_epi8(0xf))}; }
static inline B high4(B a) {
  return {_mm512_and_si512(_mm512_srli_epi16(a.v, 4), _mm512_set1_epi8(0xf))};
}
static inline B either(B a, B b) { return {_mm512_or_si512(a.v, b.v)}; }
template <int from, int count, int to>
static inline B bits(B a) {
  const __m512i mask = _mm512_set1_epi8(static_cast<char>(((1 << count) - 1) << to));
  if constexpr (from > to) return {_mm512_and_si512(_mm512_srli_epi16(a.v, from - to), mask)};
  if constexpr (from < to) return {_mm512_and_si512(_mm512_slli_epi16(a.v, to - from), mask)};
  return {_mm512_and_si512(a.v, mask)};
}
static inline __m512i repeat4(const int8_t* x4) {
  int32_t four;
  memcpy(&four, x4, sizeof four);
  return _mm512_set1_epi32(four);
}
static inline I dot_u(I acc, B codes, const int8_t* x4) {
  return _mm512_dpbusd_epi32(acc, codes.v, repeat4(x4));
}
// vpdpbusd wants one unsigned side: codes + 128, and dot_s_start takes 128 * sum(x) off again.
static inline I dot_s(I acc, B codes, const int8_t* x4) {
  const __m512i shifted = _mm512_xor_si512(codes.v, _mm512_set1_epi8(static_cast<char>(0x80)));
  return _mm512_dpbusd_epi32(acc, shifted, repeat4(x4));
}
static inline I dot_s_start(int32_t x_sum) { return _mm512_set1_epi32(-128 * x_sum); }

static inline B load_pair(const void* low, const void* high) {
  const __m256i a = _mm256_loadu_si256(static_cast<const __m256i*>(low));
  return {_mm512_inserti64x4(_mm512_castsi256_si512(a),
                             _mm256_loadu_si256(static_cast<const __m256i*>(high)), 1)};
}
static inline F spread_pair(__m128 two) {
  const __m512i lanes = _mm512_setr_epi32(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1);
  return _mm512_permutexvar_ps(lanes, _mm512_castps128_ps512(two));
}
static inline F set_pair(float low, float high) {
  return spread_pair(_mm_setr_ps(low, high, 0, 0));
}
static inline F set_pair_f16(const void* low, const void* high) {
  uint16_t a, b;
  memcpy(&a, low, 2);
  memcpy(&b, high, 2);
  const int both = static_cast<int>(a | static_cast<uint32_t>(b) << 16);
  return spread_pair(_mm_cvtph_ps(_mm_cvtsi32_si128(both)));
}
static inline I dot_pair(I acc, B codes, B x) {
  const __m512i shifted = _mm512_xor_si512(codes.v, _mm512_set1_epi8(static_cast<char>(0x80)));
  return _mm512_dpbusd_epi32(acc, shifted, x.v);
}
static inline I pair_start(B x) {
  const __m512i bias = _mm512_set1_epi8(static_cast<char>(0x80));
  const __m512i zero = _mm512_setzero_si512();
  return _mm512_sub_epi32(zero, _mm512_dpbusd_epi32(zero, bias, x.v));
}

inline constexpr int kCodeBias = 0;
using Spread = __m512i;
using Codes = __m512i;
using Weights = __m512i;
// GCC keeps arrays of these in registers through loops, which it does not those of __m512i.
typedef uint32_t Sums __attribute__((vector_size(64)));
static inline Spread spread_codes(const uint8_t* p, uint8_t flip) {
  int32_t four;
  memcpy(&four, p, sizeof four);
  return _mm512_xor_si512(_mm512_set1_epi32(four), _mm512_set1_epi8(static_cast<char>(flip)));
}
static inline B group_codes(const uint8_t* a, const uint8_t* b, const uint8_t* c, const uint8_t* d,
                            uint8_t flip) {
  const auto row = [](const uint8_t* p) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
  };
  __m512i x = _mm512_castsi128_si512(row(a));
  x = _mm512_inserti32x4(x, row(b), 1);
  x = _mm512_inserti32x4(x, row(c), 2);
  x = _mm512_inserti32x4(x, row(d), 3);
  const __m512i fours = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  const __m512i bytes =
      _mm512_broadcast_i32x4(_mm_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15));
  x = _mm512_shuffle_epi8(_mm512_permutexvar_epi32(fours, x), bytes);
  return {_mm512_xor_si512(x, _mm512_set1_epi8(static_cast<char>(flip)))};
}
static inline void store_b(void* p, B a) { _mm512_storeu_si512(p, a.v); }
static inline Codes load_codes(const void* p) { return _mm512_loadu_si512(p); }
static inline Weights load_weights(const int8_t* p) { return _mm512_loadu_si512(p); }
static inline Sums no_sums() { return Sums{}; }
static inline Sums dot_codes(Sums acc, Weights w, Codes x) {
  return reinterpret_cast<Sums>(_mm512_dpbusd_epi32(reinterpret_cast<I>(acc), x, w));
}
static inline I total(Sums a) { return reinterpret_cast<I>(a); }
static inline I load_i(const int32_t* p) { return _mm512_loadu_si512(p); }
static inline void store_i(int32_t* p, I a) { _mm512_storeu_si512(p, a); }
static inline I wrapping_add(I a, I b) { return _mm512_add_epi32(a, b); }
static inline I wrapping_sub(I a, I b) { return _mm512_sub_epi32(a, b); }
static inline I to_int(F a) { return _mm512_cvtps_epi32(a); }
struct Fixed {
  I multiplier, odd, left, right, half, rounds;
};
static inline Fixed load_fixed(const int32_t* multiplier, const int32_t* left,
                               const int32_t* right) {
  Fixed f;
  f.multiplier = load_i(multiplier);
  f.odd = _mm512_srli_epi64(f.multiplier, 32);
  f.left = load_i(left);
  f.right = load_i(right);
  f.half = _mm512_srli_epi32(_mm512_sllv_epi32(_mm512_set1_epi32(1), f.right), 1);
  f.rounds = _mm512_srai_epi32(_mm512_sub_epi32(_mm512_setzero_si512(), f.half), 31);
  return f;
}
static inline I fixed_product(I a, const Fixed& f) {
  const __m512i nudge = _mm512_set1_epi64(int64_t{1} << 30);
  a = _mm512_sllv_epi32(a, f.left);
  const __m512i even = _mm512_add_epi64(_mm512_mul_epi32(a, f.multiplier), nudge);
  const __m512i odd = _mm512_add_epi64(_mm512_mul_epi32(_mm512_srli_epi64(a, 32), f.odd), nudge);
  const __m512i high =
      _mm512_mask_blend_epi32(0xaaaa, _mm512_srli_epi64(even, 31), _mm512_slli_epi64(odd, 1));
  const __m512i sign = _mm512_and_si512(_mm512_srai_epi32(high, 31), f.rounds);
  return _mm512_srav_epi32(_mm512_add_epi32(_mm512_add_epi32(high, f.half), sign), f.right);
}
static inline void store_clamped(uint8_t* p, I a, I zero, I low, I high) {
  const __m512i codes = _mm512_min_epi32(_mm512_max_epi32(_mm512_add_epi32(a, zero), low), high);
  _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm512_cvtepi32_epi8(codes));
}
static inline void store_codes(uint8_t* p, F a, I zero) {
  const __m512i codes = _mm512_add_epi32(_mm512_cvtps_epi32(a), zero);
  _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm512_cvtepi32_epi8(codes));
}

inline constexpr int kRowsAtOnce = 16;
inline constexpr int kTileRows = 14;
inline constexpr int kTileVectors = 2;

inline constexpr int kCodeRows = 6;
inline constexpr int kCodeVectors = 4;

}  // namespace hone::avx512vnni
