// Vector primitives on AVX2, FMA and F16C; meanings as in scalar.h. 16 lanes are two registers.
#pragma once

#include <immintrin.h>
#include <stdint.h>
#include <string.h>

namespace hone::avx2 {

struct F {
  __m256 a, b;
};
struct I {
  __m256i a, b;
};
struct B {
  __m256i a, b;
};

static inline F load(const float* p) { return {_mm256_loadu_ps(p), _mm256_loadu_ps(p + 8)}; }
static inline void store(float* p, F x) {
  _mm256_storeu_ps(p, x.a);
  _mm256_storeu_ps(p + 8, x.b);
}
static inline F load_part(const float* p, int n) {
  float lanes[16] = {};
  memcpy(lanes, p, sizeof(float) * static_cast<size_t>(n));
  return load(lanes);
}
static inline void store_part(float* p, F x, int n) {
  float lanes[16];
  store(lanes, x);
  memcpy(p, lanes, sizeof(float) * static_cast<size_t>(n));
}
static inline __m256i range_8(int64_t low, int64_t high) {
  const auto lane = [](int64_t at) {
    return _mm256_set1_epi32(at < 0 ? 0 : at > 8 ? 8 : static_cast<int>(at));
  };
  const __m256i lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  const __m256i before = _mm256_cmpgt_epi32(lane(low), lanes);
  return _mm256_andnot_si256(before, _mm256_cmpgt_epi32(lane(high), lanes));
}
struct Range {
  __m256i a, b;
};
static inline Range range(int64_t low, int64_t high) {
  return {range_8(low, high), range_8(low - 8, high - 8)};
}
static inline F load_range(const float* p, Range lanes) {
  return {_mm256_maskload_ps(p, lanes.a), _mm256_maskload_ps(p + 8, lanes.b)};
}
// Pairs of lanes are sorted within 128 bits, then the quarters are put in order.
template <int which>
static inline F every_other(F x, F y) {
  const auto sorted = [](__m256 p, __m256 q) {
    const __m256 picked = _mm256_shuffle_ps(p, q, which == 0 ? 0x88 : 0xdd);
    return _mm256_castpd_ps(_mm256_permute4x64_pd(_mm256_castps_pd(picked), 0xd8));
  };
  return {sorted(x.a, x.b), sorted(y.a, y.b)};
}
static inline F even(F x, F y) { return every_other<0>(x, y); }
static inline F odd(F x, F y) { return every_other<1>(x, y); }
static inline F set(float x) { return {_mm256_set1_ps(x), _mm256_set1_ps(x)}; }
static inline F iota() {
  return {_mm256_setr_ps(0, 1, 2, 3, 4, 5, 6, 7), _mm256_setr_ps(8, 9, 10, 11, 12, 13, 14, 15)};
}
static inline F add(F x, F y) { return {_mm256_add_ps(x.a, y.a), _mm256_add_ps(x.b, y.b)}; }
static inline F sub(F x, F y) { return {_mm256_sub_ps(x.a, y.a), _mm256_sub_ps(x.b, y.b)}; }
static inline F mul(F x, F y) { return {_mm256_mul_ps(x.a, y.a), _mm256_mul_ps(x.b, y.b)}; }
static inline F div(F x, F y) { return {_mm256_div_ps(x.a, y.a), _mm256_div_ps(x.b, y.b)}; }
static inline F fma(F x, F y, F z) {
  return {_mm256_fmadd_ps(x.a, y.a, z.a), _mm256_fmadd_ps(x.b, y.b, z.b)};
}
static inline F min(F x, F y) { return {_mm256_min_ps(x.a, y.a), _mm256_min_ps(x.b, y.b)}; }
static inline F max(F x, F y) { return {_mm256_max_ps(x.a, y.a), _mm256_max_ps(x.b, y.b)}; }
static inline F abs(F x) {
  const __m256 sign = _mm256_set1_ps(-0.0f);
  return {_mm256_andnot_ps(sign, x.a), _mm256_andnot_ps(sign, x.b)};
}
static inline F sqrt(F x) { return {_mm256_sqrt_ps(x.a), _mm256_sqrt_ps(x.b)}; }
static inline F where_nan(F p, F x, F y) {
  return {_mm256_blendv_ps(y.a, x.a, _mm256_cmp_ps(p.a, p.a, _CMP_UNORD_Q)),
          _mm256_blendv_ps(y.b, x.b, _mm256_cmp_ps(p.b, p.b, _CMP_UNORD_Q))};
}
static inline F where_less(F p, F q, F x, F y) {
  return {_mm256_blendv_ps(y.a, x.a, _mm256_cmp_ps(p.a, q.a, _CMP_LT_OQ)),
          _mm256_blendv_ps(y.b, x.b, _mm256_cmp_ps(p.b, q.b, _CMP_LT_OQ))};
}
static inline float sum(F x) {
  const __m256 half = _mm256_add_ps(x.a, x.b);
  __m128 quarter = _mm_add_ps(_mm256_castps256_ps128(half), _mm256_extractf128_ps(half, 1));
  quarter = _mm_add_ps(quarter, _mm_movehl_ps(quarter, quarter));
  return _mm_cvtss_f32(_mm_add_ss(quarter, _mm_movehdup_ps(quarter)));
}
static inline float max_of(F x) {
  const __m256 half = _mm256_max_ps(x.a, x.b);
  __m128 quarter = _mm_max_ps(_mm256_castps256_ps128(half), _mm256_extractf128_ps(half, 1));
  quarter = _mm_max_ps(quarter, _mm_movehl_ps(quarter, quarter));
  return _mm_cvtss_f32(_mm_max_ss(quarter, _mm_movehdup_ps(quarter)));
}
static inline F round(F x) {
  constexpr int kMode = _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC;
  return {_mm256_round_ps(x.a, kMode), _mm256_round_ps(x.b, kMode)};
}
static inline __m256 power_of_two(__m256 n) {
  const __m256i exponent = _mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127));
  return _mm256_castsi256_ps(_mm256_slli_epi32(exponent, 23));
}
static inline F power_of_two(F n) { return {power_of_two(n.a), power_of_two(n.b)}; }
static inline __m128i load_128(const void* p) {
  return _mm_loadu_si128(static_cast<const __m128i*>(p));
}
static inline F load_f16(const uint16_t* p) {
  return {_mm256_cvtph_ps(load_128(p)), _mm256_cvtph_ps(load_128(p + 8))};
}
static inline __m256 widen_bf16(__m128i x) {
  return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(x), 16));
}
static inline F load_bf16(const uint16_t* p) {
  return {widen_bf16(load_128(p)), widen_bf16(load_128(p + 8))};
}
// y[i] = table[x[i]] for the first of `count` bytes; how many that were. y may be x.
static inline int64_t map_bytes(const uint8_t*, const uint8_t*, uint8_t*, int64_t) { return 0; }
static inline F load_u8(const uint8_t* p) {
  const __m128i x = load_128(p);
  return {_mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(x)),
          _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_srli_si128(x, 8)))};
}
static inline F load_s8(const int8_t* p) {
  const __m128i x = load_128(p);
  return {_mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(x)),
          _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_srli_si128(x, 8)))};
}
static inline int32_t sum_lanes(__m256i x) {
  __m128i s = _mm_add_epi32(_mm256_castsi256_si128(x), _mm256_extracti128_si256(x, 1));
  s = _mm_add_epi32(s, _mm_shuffle_epi32(s, 0x4e));
  s = _mm_add_epi32(s, _mm_shuffle_epi32(s, 0xb1));
  return _mm_cvtsi128_si32(s);
}
static inline int32_t store_s8(int8_t* p, F x) {
  const __m256i a = _mm256_cvtps_epi32(x.a), b = _mm256_cvtps_epi32(x.b);
  const __m256i words = _mm256_permute4x64_epi64(_mm256_packs_epi32(a, b), 0xd8);
  _mm_storeu_si128(
      reinterpret_cast<__m128i*>(p),
      _mm_packs_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1)));
  return sum_lanes(_mm256_add_epi32(a, b));
}

static inline I splat(int32_t x) { return {_mm256_set1_epi32(x), _mm256_set1_epi32(x)}; }
static inline I add(I x, I y) { return {_mm256_add_epi32(x.a, y.a), _mm256_add_epi32(x.b, y.b)}; }
static inline F to_float(I x) { return {_mm256_cvtepi32_ps(x.a), _mm256_cvtepi32_ps(x.b)}; }
static inline B load_b(const void* p) {
  const auto* q = static_cast<const __m256i*>(p);
  return {_mm256_loadu_si256(q), _mm256_loadu_si256(q + 1)};
}
static inline B masked(__m256i a, __m256i b, int mask) {
  const __m256i m = _mm256_set1_epi8(static_cast<char>(mask));
  return {_mm256_and_si256(a, m), _mm256_and_si256(b, m)};
}
static inline B low4(B x) { return masked(x.a, x.b, 0xf); }
static inline B high4(B x) {
  return masked(_mm256_srli_epi16(x.a, 4), _mm256_srli_epi16(x.b, 4), 0xf);
}
static inline B either(B x, B y) { return {_mm256_or_si256(x.a, y.a), _mm256_or_si256(x.b, y.b)}; }
template <int from, int count, int to>
static inline B bits(B x) {
  constexpr int mask = ((1 << count) - 1) << to;
  if constexpr (from > to) {
    return masked(_mm256_srli_epi16(x.a, from - to), _mm256_srli_epi16(x.b, from - to), mask);
  }
  if constexpr (from < to) {
    return masked(_mm256_slli_epi16(x.a, to - from), _mm256_slli_epi16(x.b, to - from), mask);
  }
  return masked(x.a, x.b, mask);
}
static inline __m256i repeat4(const int8_t* x4) {
  int32_t four;
  memcpy(&four, x4, sizeof four);
  return _mm256_set1_epi32(four);
}
// Codes of at most 63 keep maddubs' pairs below int16's limit: 2 * 63 * 127 = 16002.
static inline __m256i dot_half(__m256i acc, __m256i codes, __m256i x) {
  const __m256i pairs = _mm256_maddubs_epi16(codes, x);
  return _mm256_add_epi32(acc, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}
static inline I dot_u(I acc, B codes, const int8_t* x4) {
  const __m256i x = repeat4(x4);
  return {dot_half(acc.a, codes.a, x), dot_half(acc.b, codes.b, x)};
}
// |code| * (x with the code's sign): at most 2 * 128 * 127 = 32512, since x is never -128.
static inline I dot_s(I acc, B codes, const int8_t* x4) {
  const __m256i x = repeat4(x4);
  return {dot_half(acc.a, _mm256_abs_epi8(codes.a), _mm256_sign_epi8(x, codes.a)),
          dot_half(acc.b, _mm256_abs_epi8(codes.b), _mm256_sign_epi8(x, codes.b))};
}
static inline I dot_s_start(int32_t) { return splat(0); }

static inline B load_pair(const void* low, const void* high) {
  return {_mm256_loadu_si256(static_cast<const __m256i*>(low)),
          _mm256_loadu_si256(static_cast<const __m256i*>(high))};
}
static inline F set_pair(float low, float high) {
  return {_mm256_set1_ps(low), _mm256_set1_ps(high)};
}
static inline F set_pair_f16(const void* low, const void* high) {
  uint16_t a, b;
  memcpy(&a, low, 2);
  memcpy(&b, high, 2);
  return set_pair(_cvtsh_ss(a), _cvtsh_ss(b));
}
static inline I dot_pair(I acc, B codes, B x) {
  return {dot_half(acc.a, _mm256_abs_epi8(codes.a), _mm256_sign_epi8(x.a, codes.a)),
          dot_half(acc.b, _mm256_abs_epi8(codes.b), _mm256_sign_epi8(x.b, codes.b))};
}
static inline I pair_start(B) { return splat(0); }

// maddubs would saturate, so codes and weights are multiplied as i16; a lane's sum is two numbers.
inline constexpr int kCodeBias = 0;
using Spread = __m256i;
struct Codes {
  __m256i v[4];
};
using Weights = Codes;
// GCC keeps arrays of these in registers through loops, which it does not those of __m256i.
typedef uint32_t Half __attribute__((vector_size(32)));
struct Sums {
  Half v[4];
};
static inline Spread spread_codes(const uint8_t* p, uint8_t flip) {
  int32_t four;
  memcpy(&four, p, sizeof four);
  const __m128i codes = _mm_set1_epi32(four);
  return _mm256_cvtepu8_epi16(_mm_xor_si128(codes, _mm_set1_epi8(static_cast<char>(flip))));
}
static inline B group_codes(const uint8_t* a, const uint8_t* b, const uint8_t* c, const uint8_t* d,
                            uint8_t flip) {
  const __m128i ra = load_128(a), rb = load_128(b), rc = load_128(c), rd = load_128(d);
  const __m128i ab0 = _mm_unpacklo_epi8(ra, rb), ab1 = _mm_unpackhi_epi8(ra, rb);
  const __m128i cd0 = _mm_unpacklo_epi8(rc, rd), cd1 = _mm_unpackhi_epi8(rc, rd);
  const __m256i f = _mm256_set1_epi8(static_cast<char>(flip));
  const auto both = [&](__m128i ab, __m128i cd) {
    return _mm256_xor_si256(
        f, _mm256_set_m128i(_mm_unpackhi_epi16(ab, cd), _mm_unpacklo_epi16(ab, cd)));
  };
  return {both(ab0, cd0), both(ab1, cd1)};
}
static inline void store_b(void* p, B x) {
  auto* q = static_cast<__m256i*>(p);
  _mm256_storeu_si256(q, x.a);
  _mm256_storeu_si256(q + 1, x.b);
}
static inline Codes load_codes(const void* p) {
  const auto* q = static_cast<const uint8_t*>(p);
  Codes x;
  for (int i = 0; i < 4; ++i) x.v[i] = _mm256_cvtepu8_epi16(load_128(q + 16 * i));
  return x;
}
static inline Weights load_weights(const int8_t* p) {
  Weights w;
  for (int i = 0; i < 4; ++i) w.v[i] = _mm256_cvtepi8_epi16(load_128(p + 16 * i));
  return w;
}
static inline Sums no_sums() { return Sums{}; }
static inline Sums dot_codes(Sums acc, const Weights& w, Spread x) {
  for (int i = 0; i < 4; ++i) {
    acc.v[i] += reinterpret_cast<Half>(_mm256_madd_epi16(w.v[i], x));
  }
  return acc;
}
static inline Sums dot_codes(Sums acc, const Weights& w, const Codes& x) {
  for (int i = 0; i < 4; ++i) {
    acc.v[i] += reinterpret_cast<Half>(_mm256_madd_epi16(w.v[i], x.v[i]));
  }
  return acc;
}
static inline I total(const Sums& a) {
  const auto pair = [](Half low, Half high) {
    const __m256i sums =
        _mm256_hadd_epi32(reinterpret_cast<__m256i>(low), reinterpret_cast<__m256i>(high));
    return _mm256_permute4x64_epi64(sums, 0xd8);
  };
  return {pair(a.v[0], a.v[1]), pair(a.v[2], a.v[3])};
}
static inline I load_i(const int32_t* p) {
  const auto* q = reinterpret_cast<const __m256i*>(p);
  return {_mm256_loadu_si256(q), _mm256_loadu_si256(q + 1)};
}
static inline void store_i(int32_t* p, I x) {
  auto* q = reinterpret_cast<__m256i*>(p);
  _mm256_storeu_si256(q, x.a);
  _mm256_storeu_si256(q + 1, x.b);
}
static inline I wrapping_add(I x, I y) { return add(x, y); }
static inline I wrapping_sub(I x, I y) {
  return {_mm256_sub_epi32(x.a, y.a), _mm256_sub_epi32(x.b, y.b)};
}
static inline I to_int(F x) { return {_mm256_cvtps_epi32(x.a), _mm256_cvtps_epi32(x.b)}; }
struct Fixed {
  I multiplier, left, right;
};
static inline Fixed load_fixed(const int32_t* multiplier, const int32_t* left,
                               const int32_t* right) {
  return {load_i(multiplier), load_i(left), load_i(right)};
}
static inline __m256i fixed_half(__m256i a, __m256i multiplier, __m256i left, __m256i right) {
  const __m256i nudge = _mm256_set1_epi64x(int64_t{1} << 30);
  a = _mm256_sllv_epi32(a, left);
  const __m256i even = _mm256_add_epi64(_mm256_mul_epi32(a, multiplier), nudge);
  const __m256i odd = _mm256_add_epi64(
      _mm256_mul_epi32(_mm256_srli_epi64(a, 32), _mm256_srli_epi64(multiplier, 32)), nudge);
  const __m256i high =
      _mm256_blend_epi32(_mm256_srli_epi64(even, 31), _mm256_slli_epi64(odd, 1), 0xaa);
  const __m256i half = _mm256_srli_epi32(_mm256_sllv_epi32(_mm256_set1_epi32(1), right), 1);
  const __m256i rounds = _mm256_srai_epi32(_mm256_sub_epi32(_mm256_setzero_si256(), half), 31);
  const __m256i sign = _mm256_and_si256(_mm256_srai_epi32(high, 31), rounds);
  return _mm256_srav_epi32(_mm256_add_epi32(_mm256_add_epi32(high, half), sign), right);
}
static inline I fixed_product(I a, const Fixed& f) {
  return {fixed_half(a.a, f.multiplier.a, f.left.a, f.right.a),
          fixed_half(a.b, f.multiplier.b, f.left.b, f.right.b)};
}
static inline void store_bytes(uint8_t* p, __m256i a, __m256i b) {
  const __m256i low = _mm256_set1_epi32(0xff);
  const __m256i words = _mm256_permute4x64_epi64(
      _mm256_packus_epi32(_mm256_and_si256(low, a), _mm256_and_si256(low, b)), 0xd8);
  _mm_storeu_si128(
      reinterpret_cast<__m128i*>(p),
      _mm_packus_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1)));
}
static inline void store_clamped(uint8_t* p, I x, I zero, I low, I high) {
  const auto clamped = [](__m256i a, __m256i z, __m256i l, __m256i h) {
    return _mm256_min_epi32(_mm256_max_epi32(_mm256_add_epi32(a, z), l), h);
  };
  store_bytes(p, clamped(x.a, zero.a, low.a, high.a), clamped(x.b, zero.b, low.b, high.b));
}
static inline void store_codes(uint8_t* p, F x, I zero) {
  store_bytes(p, _mm256_add_epi32(_mm256_cvtps_epi32(x.a), zero.a),
              _mm256_add_epi32(_mm256_cvtps_epi32(x.b), zero.b));
}

inline constexpr int kRowsAtOnce = 4;
inline constexpr int kTileRows = 6;
inline constexpr int kTileVectors = 1;

inline constexpr int kCodeRows = 3;
inline constexpr int kCodeVectors = 1;

}  // namespace hone::avx2
