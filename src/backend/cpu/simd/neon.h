// Vector primitives on AArch64 NEON; meanings as in scalar.h. 16 lanes are four registers. Included
// for two sets: with the dot product instructions if HONE_NEON_DOTPROD is defined (neon_dotprod.h),
// else without, whatever the compiler may use beyond them. HONE_ISA is the unit's own definition.
#pragma once

#include <arm_neon.h>
#include <stdint.h>
#include <string.h>

namespace hone::HONE_ISA {

struct F {
  float32x4_t v[4];
};
struct I {
  int32x4_t v[4];
};
struct B {
  uint8x16_t v[4];
};

#define HONE_QUADS for (int i = 0; i < 4; ++i)

static inline F load(const float* p) {
  F x;
  HONE_QUADS x.v[i] = vld1q_f32(p + 4 * i);
  return x;
}
static inline void store(float* p, F x) { HONE_QUADS vst1q_f32(p + 4 * i, x.v[i]); }
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
struct Range {
  int64_t low, high;
};
static inline Range range(int64_t low, int64_t high) { return {low, high}; }
static inline F load_range(const float* p, Range lanes) {
  F x;
  HONE_QUADS {
    const int64_t low = lanes.low - 4 * i, high = lanes.high - 4 * i;
    if (low <= 0 && high >= 4) {
      x.v[i] = vld1q_f32(p + 4 * i);
      continue;
    }
    float some[4] = {};
    for (int64_t j = low < 0 ? 0 : low; j < 4 && j < high; ++j) some[j] = p[4 * i + j];
    x.v[i] = vld1q_f32(some);
  }
  return x;
}
static inline F even(F x, F y) {
  return {{vuzp1q_f32(x.v[0], x.v[1]), vuzp1q_f32(x.v[2], x.v[3]), vuzp1q_f32(y.v[0], y.v[1]),
           vuzp1q_f32(y.v[2], y.v[3])}};
}
static inline F odd(F x, F y) {
  return {{vuzp2q_f32(x.v[0], x.v[1]), vuzp2q_f32(x.v[2], x.v[3]), vuzp2q_f32(y.v[0], y.v[1]),
           vuzp2q_f32(y.v[2], y.v[3])}};
}
static inline F set(float value) {
  F x;
  HONE_QUADS x.v[i] = vdupq_n_f32(value);
  return x;
}
static inline F iota() {
  const float lanes[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  return load(lanes);
}
static inline F add(F x, F y) {
  HONE_QUADS x.v[i] = vaddq_f32(x.v[i], y.v[i]);
  return x;
}
static inline F sub(F x, F y) {
  HONE_QUADS x.v[i] = vsubq_f32(x.v[i], y.v[i]);
  return x;
}
static inline F mul(F x, F y) {
  HONE_QUADS x.v[i] = vmulq_f32(x.v[i], y.v[i]);
  return x;
}
static inline F div(F x, F y) {
  HONE_QUADS x.v[i] = vdivq_f32(x.v[i], y.v[i]);
  return x;
}
static inline F fma(F x, F y, F z) {
  HONE_QUADS z.v[i] = vfmaq_f32(z.v[i], x.v[i], y.v[i]);
  return z;
}
static inline F min(F x, F y) {
  HONE_QUADS x.v[i] = vbslq_f32(vcltq_f32(x.v[i], y.v[i]), x.v[i], y.v[i]);
  return x;
}
static inline F max(F x, F y) {
  HONE_QUADS x.v[i] = vbslq_f32(vcgtq_f32(x.v[i], y.v[i]), x.v[i], y.v[i]);
  return x;
}
static inline F abs(F x) {
  HONE_QUADS x.v[i] = vabsq_f32(x.v[i]);
  return x;
}
static inline F sqrt(F x) {
  HONE_QUADS x.v[i] = vsqrtq_f32(x.v[i]);
  return x;
}
static inline F where_nan(F p, F x, F y) {
  HONE_QUADS x.v[i] = vbslq_f32(vceqq_f32(p.v[i], p.v[i]), y.v[i], x.v[i]);
  return x;
}
static inline F where_less(F p, F q, F x, F y) {
  HONE_QUADS x.v[i] = vbslq_f32(vcltq_f32(p.v[i], q.v[i]), x.v[i], y.v[i]);
  return x;
}
static inline float sum(F x) {
  const float32x4_t a = vaddq_f32(x.v[0], x.v[2]), b = vaddq_f32(x.v[1], x.v[3]);
  const float32x4_t quarter = vaddq_f32(a, b);
  const float32x2_t pair = vadd_f32(vget_low_f32(quarter), vget_high_f32(quarter));
  return vget_lane_f32(pair, 0) + vget_lane_f32(pair, 1);
}
static inline float max_of(F x) {
  const F half = {{x.v[0], x.v[1], x.v[0], x.v[1]}}, other = {{x.v[2], x.v[3], x.v[2], x.v[3]}};
  const F m = max(half, other);
  return vmaxvq_f32(vmaxq_f32(m.v[0], m.v[1]));
}
static inline F round(F x) {
  HONE_QUADS x.v[i] = vrndnq_f32(x.v[i]);
  return x;
}
static inline F power_of_two(F n) {
  HONE_QUADS {
    const int32x4_t exponent = vaddq_s32(vcvtnq_s32_f32(n.v[i]), vdupq_n_s32(127));
    n.v[i] = vreinterpretq_f32_s32(vshlq_n_s32(exponent, 23));
  }
  return n;
}
static inline F load_f16(const uint16_t* p) {
  F x;
  HONE_QUADS x.v[i] = vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(p + 4 * i)));
  return x;
}
static inline F load_bf16(const uint16_t* p) {
  F x;
  HONE_QUADS x.v[i] = vreinterpretq_f32_u32(vshll_n_u16(vld1_u16(p + 4 * i), 16));
  return x;
}
// y[i] = table[x[i]] for the first of `count` bytes; how many that were. y may be x.
static inline int64_t map_bytes(const uint8_t* table, const uint8_t* x, uint8_t* y, int64_t count) {
  uint8x16x4_t quarter[4];
  for (int q = 0; q < 4; ++q) {
    for (int i = 0; i < 4; ++i) quarter[q].val[i] = vld1q_u8(table + 64 * q + 16 * i);
  }
  int64_t i = 0;
  for (; i + 16 <= count; i += 16) {
    const uint8x16_t codes = vld1q_u8(x + i);
    uint8x16_t found = vqtbl4q_u8(quarter[0], codes);
    for (int q = 1; q < 4; ++q) {
      found =
          vqtbx4q_u8(found, quarter[q], vsubq_u8(codes, vdupq_n_u8(static_cast<uint8_t>(64 * q))));
    }
    vst1q_u8(y + i, found);
  }
  return i;
}
static inline F load_u8(const uint8_t* p) {
  const uint8x16_t bytes = vld1q_u8(p);
  const uint16x8_t low = vmovl_u8(vget_low_u8(bytes)), high = vmovl_u8(vget_high_u8(bytes));
  return {{vcvtq_f32_u32(vmovl_u16(vget_low_u16(low))),
           vcvtq_f32_u32(vmovl_u16(vget_high_u16(low))),
           vcvtq_f32_u32(vmovl_u16(vget_low_u16(high))),
           vcvtq_f32_u32(vmovl_u16(vget_high_u16(high)))}};
}
static inline F load_s8(const int8_t* p) {
  const int8x16_t bytes = vld1q_s8(p);
  const int16x8_t low = vmovl_s8(vget_low_s8(bytes)), high = vmovl_s8(vget_high_s8(bytes));
  return {{vcvtq_f32_s32(vmovl_s16(vget_low_s16(low))),
           vcvtq_f32_s32(vmovl_s16(vget_high_s16(low))),
           vcvtq_f32_s32(vmovl_s16(vget_low_s16(high))),
           vcvtq_f32_s32(vmovl_s16(vget_high_s16(high)))}};
}
static inline int32_t store_s8(int8_t* p, F x) {
  int32x4_t q[4];
  HONE_QUADS q[i] = vcvtnq_s32_f32(x.v[i]);
  const int16x8_t low = vcombine_s16(vqmovn_s32(q[0]), vqmovn_s32(q[1]));
  const int16x8_t high = vcombine_s16(vqmovn_s32(q[2]), vqmovn_s32(q[3]));
  vst1q_s8(p, vcombine_s8(vqmovn_s16(low), vqmovn_s16(high)));
  return vaddvq_s32(vaddq_s32(vaddq_s32(q[0], q[1]), vaddq_s32(q[2], q[3])));
}

static inline I splat(int32_t value) {
  I x;
  HONE_QUADS x.v[i] = vdupq_n_s32(value);
  return x;
}
static inline I add(I x, I y) {
  HONE_QUADS x.v[i] = vaddq_s32(x.v[i], y.v[i]);
  return x;
}
static inline F to_float(I x) {
  F f;
  HONE_QUADS f.v[i] = vcvtq_f32_s32(x.v[i]);
  return f;
}
static inline B load_b(const void* p) {
  B x;
  HONE_QUADS x.v[i] = vld1q_u8(static_cast<const uint8_t*>(p) + 16 * i);
  return x;
}
static inline B low4(B x) {
  HONE_QUADS x.v[i] = vandq_u8(x.v[i], vdupq_n_u8(0xf));
  return x;
}
static inline B high4(B x) {
  HONE_QUADS x.v[i] = vshrq_n_u8(x.v[i], 4);
  return x;
}
static inline B either(B x, B y) {
  HONE_QUADS x.v[i] = vorrq_u8(x.v[i], y.v[i]);
  return x;
}
template <int from, int count, int to>
static inline B bits(B x) {
  constexpr uint8_t mask = ((1 << count) - 1) << to;
  HONE_QUADS {
    if constexpr (from > to) x.v[i] = vshrq_n_u8(x.v[i], from - to);
    if constexpr (from < to) x.v[i] = vshlq_n_u8(x.v[i], to - from);
    x.v[i] = vandq_u8(x.v[i], vdupq_n_u8(mask));
  }
  return x;
}
static inline int8x16_t repeat4(const int8_t* x4) {
  int32_t four;
  memcpy(&four, x4, sizeof four);
  return vreinterpretq_s8_s32(vdupq_n_s32(four));
}
static inline int32x4_t dot_quad(int32x4_t acc, int8x16_t codes, int8x16_t x) {
#if defined(HONE_NEON_DOTPROD)
  return vdotq_s32(acc, codes, x);
#else
  const int16x8_t low = vmull_s8(vget_low_s8(codes), vget_low_s8(x));
  const int16x8_t high = vmull_s8(vget_high_s8(codes), vget_high_s8(x));
  return vaddq_s32(acc, vpaddq_s32(vpaddlq_s16(low), vpaddlq_s16(high)));
#endif
}
static inline I dot_s(I acc, B codes, const int8_t* x4) {
  const int8x16_t x = repeat4(x4);
  HONE_QUADS acc.v[i] = dot_quad(acc.v[i], vreinterpretq_s8_u8(codes.v[i]), x);
  return acc;
}
// Codes of at most 63 are the same bytes signed or not.
static inline I dot_u(I acc, B codes, const int8_t* x4) { return dot_s(acc, codes, x4); }
static inline I dot_s_start(int32_t) { return splat(0); }

static inline B load_pair(const void* low, const void* high) {
  const auto *a = static_cast<const uint8_t*>(low), *b = static_cast<const uint8_t*>(high);
  return {{vld1q_u8(a), vld1q_u8(a + 16), vld1q_u8(b), vld1q_u8(b + 16)}};
}
static inline F set_pair(float low, float high) {
  return {{vdupq_n_f32(low), vdupq_n_f32(low), vdupq_n_f32(high), vdupq_n_f32(high)}};
}
static inline F set_pair_f16(const void* low, const void* high) {
  uint16_t halves[4] = {};
  memcpy(&halves[0], low, 2);
  memcpy(&halves[1], high, 2);
  const float32x4_t both = vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(halves)));
  return set_pair(vgetq_lane_f32(both, 0), vgetq_lane_f32(both, 1));
}
static inline I dot_pair(I acc, B codes, B x) {
  HONE_QUADS {
    acc.v[i] = dot_quad(acc.v[i], vreinterpretq_s8_u8(codes.v[i]), vreinterpretq_s8_u8(x.v[i]));
  }
  return acc;
}
static inline I pair_start(B) { return splat(0); }

inline constexpr int kCodeBias = 128;
using Spread = int8x16_t;
using Codes = B;
using Weights = B;
using Sums = I;
static inline Spread spread_codes(const uint8_t* p, uint8_t flip) {
  return vreinterpretq_s8_u8(
      veorq_u8(vreinterpretq_u8_s8(repeat4(reinterpret_cast<const int8_t*>(p))), vdupq_n_u8(flip)));
}
static inline B group_codes(const uint8_t* a, const uint8_t* b, const uint8_t* c, const uint8_t* d,
                            uint8_t flip) {
  const uint8x16_t f = vdupq_n_u8(flip);
  const uint8x16x2_t ab = vzipq_u8(veorq_u8(vld1q_u8(a), f), veorq_u8(vld1q_u8(b), f));
  const uint8x16x2_t cd = vzipq_u8(veorq_u8(vld1q_u8(c), f), veorq_u8(vld1q_u8(d), f));
  B x;
  for (int i = 0; i < 2; ++i) {
    const uint16x8x2_t both =
        vzipq_u16(vreinterpretq_u16_u8(ab.val[i]), vreinterpretq_u16_u8(cd.val[i]));
    x.v[2 * i] = vreinterpretq_u8_u16(both.val[0]);
    x.v[2 * i + 1] = vreinterpretq_u8_u16(both.val[1]);
  }
  return x;
}
static inline void store_b(void* p, B x) {
  HONE_QUADS vst1q_u8(static_cast<uint8_t*>(p) + 16 * i, x.v[i]);
}
static inline Codes load_codes(const void* p) { return load_b(p); }
static inline Weights load_weights(const int8_t* p) { return load_b(p); }
static inline Sums no_sums() { return splat(0); }
static inline Sums dot_codes(Sums acc, const Weights& w, Spread x) {
  HONE_QUADS acc.v[i] = dot_quad(acc.v[i], vreinterpretq_s8_u8(w.v[i]), x);
  return acc;
}
static inline Sums dot_codes(Sums acc, const Weights& w, const Codes& x) {
  return dot_pair(acc, w, x);
}
static inline I total(Sums x) { return x; }
static inline I load_i(const int32_t* p) {
  I x;
  HONE_QUADS x.v[i] = vld1q_s32(p + 4 * i);
  return x;
}
static inline void store_i(int32_t* p, I x) { HONE_QUADS vst1q_s32(p + 4 * i, x.v[i]); }
static inline I wrapping_add(I x, I y) { return add(x, y); }
static inline I wrapping_sub(I x, I y) {
  HONE_QUADS x.v[i] = vsubq_s32(x.v[i], y.v[i]);
  return x;
}
static inline I to_int(F x) {
  I y;
  HONE_QUADS y.v[i] = vcvtq_s32_f32(x.v[i]);
  return y;
}
struct Fixed {
  I multiplier, left, right;
};
static inline Fixed load_fixed(const int32_t* multiplier, const int32_t* left,
                               const int32_t* right) {
  return {load_i(multiplier), load_i(left), load_i(right)};
}
static inline I fixed_product(I a, const Fixed& f) {
  HONE_QUADS {
    const int32x4_t x = vshlq_s32(a.v[i], f.left.v[i]), right = f.right.v[i];
    const int32x4_t high = vqrdmulhq_s32(x, f.multiplier.v[i]);
    const uint32x4_t unit = vshlq_u32(vdupq_n_u32(1), right);
    const int32x4_t half = vreinterpretq_s32_u32(vshrq_n_u32(unit, 1));
    const int32x4_t rounds = vshrq_n_s32(vnegq_s32(half), 31);
    const int32x4_t sign = vandq_s32(vshrq_n_s32(high, 31), rounds);
    a.v[i] = vshlq_s32(vaddq_s32(vaddq_s32(high, half), sign), vnegq_s32(right));
  }
  return a;
}
static inline void store_bytes(uint8_t* p, const int32x4_t* q) {
  const int16x8_t low = vcombine_s16(vmovn_s32(q[0]), vmovn_s32(q[1]));
  const int16x8_t high = vcombine_s16(vmovn_s32(q[2]), vmovn_s32(q[3]));
  vst1q_u8(p, vreinterpretq_u8_s8(vcombine_s8(vmovn_s16(low), vmovn_s16(high))));
}
static inline void store_clamped(uint8_t* p, I x, I zero, I low, I high) {
  HONE_QUADS { x.v[i] = vminq_s32(vmaxq_s32(vaddq_s32(x.v[i], zero.v[i]), low.v[i]), high.v[i]); }
  store_bytes(p, x.v);
}
static inline void store_codes(uint8_t* p, F x, I zero) {
  int32x4_t q[4];
  HONE_QUADS q[i] = vaddq_s32(vcvtnq_s32_f32(x.v[i]), zero.v[i]);
  store_bytes(p, q);
}

#undef HONE_QUADS

inline constexpr int kRowsAtOnce = 4;
inline constexpr int kTileRows = 6;
inline constexpr int kTileVectors = 1;

inline constexpr int kCodeRows = 5;
inline constexpr int kCodeVectors = 1;

}  // namespace hone::HONE_ISA
