// The plain form of the vector primitives, on any processor; the other headers of this folder have
// the same names and meanings. F is 16 floats, I is 16 int32, B is 64 bytes in 16 groups of 4.
#pragma once

#include <math.h>
#include <stdint.h>
#include <string.h>

namespace hone::scalar {

struct F {
  float v[16];
};
struct I {
  int32_t v[16];
};
struct B {
  uint8_t v[64];
};

#define HONE_LANES for (int i = 0; i < 16; ++i)
#define HONE_BYTES for (int i = 0; i < 64; ++i)

static inline F load(const float* p) {
  F a;
  memcpy(a.v, p, sizeof a.v);
  return a;
}
static inline void store(float* p, F a) { memcpy(p, a.v, sizeof a.v); }
// The first n of 16 lanes; the others are zero, and are not touched by a store.
static inline F load_part(const float* p, int n) {
  F a = {};
  memcpy(a.v, p, sizeof(float) * static_cast<size_t>(n));
  return a;
}
static inline void store_part(float* p, F a, int n) {
  memcpy(p, a.v, sizeof(float) * static_cast<size_t>(n));
}
// Lanes from `low` to before `high`, which may lie outside 0 to 16. A load's other lanes are zero,
// and are not read.
struct Range {
  int64_t low, high;
};
static inline Range range(int64_t low, int64_t high) { return {low, high}; }
static inline F load_range(const float* p, Range lanes) {
  F a = {};
  HONE_LANES {
    if (i >= lanes.low && i < lanes.high) a.v[i] = p[i];
  }
  return a;
}
// Every other lane of the 32 in a and b, from lane 0 or from lane 1.
static inline F even(F a, F b) {
  F c;
  HONE_LANES c.v[i] = i < 8 ? a.v[2 * i] : b.v[2 * i - 16];
  return c;
}
static inline F odd(F a, F b) {
  F c;
  HONE_LANES c.v[i] = i < 8 ? a.v[2 * i + 1] : b.v[2 * i - 15];
  return c;
}
static inline F set(float x) {
  F a;
  HONE_LANES a.v[i] = x;
  return a;
}
static inline F iota() {
  F a;
  HONE_LANES a.v[i] = static_cast<float>(i);
  return a;
}
static inline F add(F a, F b) {
  HONE_LANES a.v[i] += b.v[i];
  return a;
}
static inline F sub(F a, F b) {
  HONE_LANES a.v[i] -= b.v[i];
  return a;
}
static inline F mul(F a, F b) {
  HONE_LANES a.v[i] *= b.v[i];
  return a;
}
static inline F div(F a, F b) {
  HONE_LANES a.v[i] /= b.v[i];
  return a;
}
// a * b + c; fused where the processor can.
static inline F fma(F a, F b, F c) {
  HONE_LANES c.v[i] += a.v[i] * b.v[i];
  return c;
}
// The second operand where a lane of the first is not a number.
static inline F min(F a, F b) {
  HONE_LANES a.v[i] = a.v[i] < b.v[i] ? a.v[i] : b.v[i];
  return a;
}
static inline F max(F a, F b) {
  HONE_LANES a.v[i] = a.v[i] > b.v[i] ? a.v[i] : b.v[i];
  return a;
}
static inline F abs(F a) {
  HONE_LANES a.v[i] = fabsf(a.v[i]);
  return a;
}
static inline F sqrt(F a) {
  HONE_LANES a.v[i] = __builtin_sqrtf(a.v[i]);
  return a;
}
// Where a is not a number: x, elsewhere: y.
static inline F where_nan(F a, F x, F y) {
  HONE_LANES x.v[i] = a.v[i] != a.v[i] ? x.v[i] : y.v[i];
  return x;
}
// Where a < b: x, elsewhere: y.
static inline F where_less(F a, F b, F x, F y) {
  HONE_LANES x.v[i] = a.v[i] < b.v[i] ? x.v[i] : y.v[i];
  return x;
}
// Sums and maxima over lanes, always in this order: halves are folded onto each other.
static inline float sum(F a) {
  for (int half = 8; half > 0; half /= 2) {
    for (int i = 0; i < half; ++i) a.v[i] += a.v[i + half];
  }
  return a.v[0];
}
static inline float max_of(F a) {
  for (int half = 8; half > 0; half /= 2) {
    for (int i = 0; i < half; ++i) a.v[i] = a.v[i] > a.v[i + half] ? a.v[i] : a.v[i + half];
  }
  return a.v[0];
}
// Nearest integer, ties to even, as a float.
static inline F round(F a) {
  HONE_LANES a.v[i] = nearbyintf(a.v[i]);
  return a;
}
// 2^n for whole n in [-126, 127].
static inline F power_of_two(F n) {
  HONE_LANES {
    const uint32_t bits = static_cast<uint32_t>(static_cast<int32_t>(n.v[i]) + 127) << 23;
    memcpy(&n.v[i], &bits, sizeof bits);
  }
  return n;
}

static inline float half_to_float(uint16_t half) {
  const uint32_t sign = static_cast<uint32_t>(half & 0x8000u) << 16;
  const uint32_t rest = half & 0x7fffu;
  uint32_t bits;
  if (rest >= 0x7c00u) {
    bits = 0x7f800000u | (rest & 0x3ffu) << 13;
  } else if (rest >= 0x400u) {
    bits = (rest << 13) + (112u << 23);
  } else {
    const float tiny = static_cast<float>(rest) * 0x1p-24f;
    memcpy(&bits, &tiny, sizeof bits);
  }
  bits |= sign;
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}
static inline F load_f16(const uint16_t* p) {
  F a;
  HONE_LANES a.v[i] = half_to_float(p[i]);
  return a;
}
static inline F load_bf16(const uint16_t* p) {
  F a;
  HONE_LANES {
    const uint32_t bits = static_cast<uint32_t>(p[i]) << 16;
    memcpy(&a.v[i], &bits, sizeof bits);
  }
  return a;
}
// y[i] = table[x[i]] for the first of `count` bytes; how many that were. y may be x.
static inline int64_t map_bytes(const uint8_t*, const uint8_t*, uint8_t*, int64_t) { return 0; }
static inline F load_u8(const uint8_t* p) {
  F a;
  HONE_LANES a.v[i] = static_cast<float>(p[i]);
  return a;
}
static inline F load_s8(const int8_t* p) {
  F a;
  HONE_LANES a.v[i] = static_cast<float>(p[i]);
  return a;
}
// Lanes rounded to the nearest integer, which must fit int8; returns their sum.
static inline int32_t store_s8(int8_t* p, F a) {
  int32_t total = 0;
  HONE_LANES {
    p[i] = static_cast<int8_t>(nearbyintf(a.v[i]));
    total += p[i];
  }
  return total;
}

static inline I splat(int32_t x) {
  I a;
  HONE_LANES a.v[i] = x;
  return a;
}
static inline I add(I a, I b) {
  HONE_LANES a.v[i] += b.v[i];
  return a;
}
static inline F to_float(I a) {
  F f;
  HONE_LANES f.v[i] = static_cast<float>(a.v[i]);
  return f;
}
static inline B load_b(const void* p) {
  B a;
  memcpy(a.v, p, sizeof a.v);
  return a;
}
static inline B low4(B a) {
  HONE_BYTES a.v[i] &= 0xf;
  return a;
}
static inline B high4(B a) {
  HONE_BYTES a.v[i] >>= 4;
  return a;
}
static inline B either(B a, B b) {
  HONE_BYTES a.v[i] |= b.v[i];
  return a;
}
// Bits [from, from + count) of each byte, moved to bits [to, to + count).
template <int from, int count, int to>
static inline B bits(B a) {
  HONE_BYTES a.v[i] = static_cast<uint8_t>((a.v[i] >> from & ((1 << count) - 1)) << to);
  return a;
}
// acc[g] += sum over the 4 bytes of group g of codes * x4; codes are unsigned and at most 63.
static inline I dot_u(I acc, B codes, const int8_t* x4) {
  HONE_LANES {
    for (int k = 0; k < 4; ++k) acc.v[i] += codes.v[4 * i + k] * x4[k];
  }
  return acc;
}
// The same with signed codes, any value; the chain over 32 elements must begin with dot_s_start.
static inline I dot_s(I acc, B codes, const int8_t* x4) {
  HONE_LANES {
    for (int k = 0; k < 4; ++k) acc.v[i] += static_cast<int8_t>(codes.v[4 * i + k]) * x4[k];
  }
  return acc;
}
static inline I dot_s_start(int32_t) { return splat(0); }

// Two runs of 32 bytes as one B, and one number for the lanes of each run.
static inline B load_pair(const void* low, const void* high) {
  B a;
  memcpy(a.v, low, 32);
  memcpy(a.v + 32, high, 32);
  return a;
}
static inline F set_pair(float low, float high) {
  F a;
  HONE_LANES a.v[i] = i < 8 ? low : high;
  return a;
}
// The same of two f16 numbers at any address.
static inline F set_pair_f16(const void* low, const void* high) {
  uint16_t a, b;
  memcpy(&a, low, 2);
  memcpy(&b, high, 2);
  return set_pair(half_to_float(a), half_to_float(b));
}
// acc[g] += sum over the 4 bytes of group g of codes * x, both signed, x never -128; the sum must
// begin with pair_start(x).
static inline I dot_pair(I acc, B codes, B x) {
  HONE_LANES {
    for (int k = 4 * i; k < 4 * i + 4; ++k) {
      acc.v[i] += static_cast<int8_t>(codes.v[k]) * static_cast<int8_t>(x.v[k]);
    }
  }
  return acc;
}
static inline I pair_start(B) { return splat(0); }

// Products of 8-bit codes with s8 weights, four a lane. Codes are bytes ^ flip, which makes them
// what the set multiplies: unsigned numbers, or, where kCodeBias is 128, signed ones lower by that.
// Sums wrap.
inline constexpr int kCodeBias = 0;
struct Spread {
  uint8_t v[4];
};
using Codes = B;
using Weights = B;
using Sums = I;
// The same four codes for every lane.
static inline Spread spread_codes(const uint8_t* p, uint8_t flip) {
  Spread x;
  for (int i = 0; i < 4; ++i) x.v[i] = static_cast<uint8_t>(p[i] ^ flip);
  return x;
}
// Lane i gets element i of each of four rows of 16.
static inline B group_codes(const uint8_t* a, const uint8_t* b, const uint8_t* c, const uint8_t* d,
                            uint8_t flip) {
  B x;
  HONE_BYTES x.v[i] = static_cast<uint8_t>((i % 4 == 0   ? a
                                            : i % 4 == 1 ? b
                                            : i % 4 == 2 ? c
                                                         : d)[i / 4] ^
                                           flip);
  return x;
}
static inline void store_b(void* p, B a) { memcpy(p, a.v, sizeof a.v); }
static inline Codes load_codes(const void* p) { return load_b(p); }
static inline Weights load_weights(const int8_t* p) { return load_b(p); }
static inline Sums no_sums() { return splat(0); }
static inline int32_t wrapped(int32_t a, int32_t b) {
  return static_cast<int32_t>(static_cast<uint32_t>(a) + static_cast<uint32_t>(b));
}
static inline Sums dot_codes(Sums acc, const Weights& w, const Spread& x) {
  HONE_LANES {
    int32_t sum = 0;
    for (int k = 0; k < 4; ++k) sum += static_cast<int8_t>(w.v[4 * i + k]) * x.v[k];
    acc.v[i] = wrapped(acc.v[i], sum);
  }
  return acc;
}
static inline Sums dot_codes(Sums acc, const Weights& w, const Codes& x) {
  HONE_LANES {
    int32_t sum = 0;
    for (int k = 4 * i; k < 4 * i + 4; ++k) sum += static_cast<int8_t>(w.v[k]) * x.v[k];
    acc.v[i] = wrapped(acc.v[i], sum);
  }
  return acc;
}
static inline I total(Sums a) { return a; }
static inline I load_i(const int32_t* p) {
  I a;
  memcpy(a.v, p, sizeof a.v);
  return a;
}
static inline void store_i(int32_t* p, I a) { memcpy(p, a.v, sizeof a.v); }
static inline I wrapping_add(I a, I b) {
  HONE_LANES a.v[i] = wrapped(a.v[i], b.v[i]);
  return a;
}
static inline I wrapping_sub(I a, I b) {
  HONE_LANES a.v[i] =
      static_cast<int32_t>(static_cast<uint32_t>(a.v[i]) - static_cast<uint32_t>(b.v[i]));
  return a;
}
// Of whole numbers that an int32 holds.
static inline I to_int(F a) {
  I b;
  HONE_LANES b.v[i] = static_cast<int32_t>(a.v[i]);
  return b;
}
// A product in fixed point (ops/quantized.h, FixedScale), as lanes of its three numbers.
struct Fixed {
  I multiplier, left, right;
};
static inline Fixed load_fixed(const int32_t* multiplier, const int32_t* left,
                               const int32_t* right) {
  return {load_i(multiplier), load_i(left), load_i(right)};
}
static inline I fixed_product(I a, const Fixed& f) {
  HONE_LANES {
    const auto x = static_cast<int32_t>(static_cast<uint32_t>(a.v[i]) << f.left.v[i]);
    const int64_t product = int64_t{x} * f.multiplier.v[i] + (int64_t{1} << 30);
    const auto high = static_cast<int32_t>(product >> 31);
    const int32_t half = f.right.v[i] == 0 ? 0 : 1 << (f.right.v[i] - 1);
    const int32_t sign = f.right.v[i] != 0 && high < 0 ? -1 : 0;
    a.v[i] = wrapped(wrapped(high, half), sign) >> f.right.v[i];
  }
  return a;
}
// Each lane plus zero, clamped, of which 8 bits are stored.
static inline void store_clamped(uint8_t* p, I a, I zero, I low, I high) {
  HONE_LANES {
    int32_t code = wrapped(a.v[i], zero.v[i]);
    code = code > low.v[i] ? code : low.v[i];
    p[i] = static_cast<uint8_t>(code < high.v[i] ? code : high.v[i]);
  }
}
// Each lane rounded to the nearest integer, ties to even, plus zero, of which 8 bits are stored. Of
// lanes within +-2^20.
static inline void store_codes(uint8_t* p, F a, I zero) {
  HONE_LANES {
    const float whole = (a.v[i] + 12582912.0f) - 12582912.0f;
    p[i] = static_cast<uint8_t>(static_cast<int32_t>(whole) + zero.v[i]);
  }
}

#undef HONE_LANES
#undef HONE_BYTES

// Rows of x that one pass over a weight block serves: as many as registers hold.
inline constexpr int kRowsAtOnce = 4;
// Rows and vectors of a tile of a float product that registers hold as sums.
inline constexpr int kTileRows = 4;
inline constexpr int kTileVectors = 1;

// Rows and vectors of a tile of a product of codes.
inline constexpr int kCodeRows = 2;
inline constexpr int kCodeVectors = 1;

}  // namespace hone::scalar
