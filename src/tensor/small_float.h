// Floats of 8 bits and fewer, one to a byte: conversions from and to float, bit-exact.
// Sources: OCP 8-bit Floating Point 1.0 and Microscaling Formats 1.0 (f8_e4m3fn, f8_e5m2, f6, f4,
// f8_e8m0), arXiv 2206.02915 (the fnuz formats); corner cases as PyPI ml_dtypes 0.6.0 and ONNX's
// Cast.
#pragma once

#include <cstdint>

namespace hone {

// Which codes are no numbers.
enum class SmallFloatCodes : uint8_t {
  finite,    // all are numbers
  one_nan,   // all ones but the sign: NaN
  ieee,      // the highest exponent: infinity and NaN
  unsigned0  // what would be -0 is the only NaN ("fnuz")
};

struct SmallFloat {
  int exponent_bits;
  int mantissa_bits;
  int bias;
  SmallFloatCodes codes;
};

inline constexpr SmallFloat kF8E4m3fn{4, 3, 7, SmallFloatCodes::one_nan};
inline constexpr SmallFloat kF8E4m3fnuz{4, 3, 8, SmallFloatCodes::unsigned0};
inline constexpr SmallFloat kF8E5m2{5, 2, 15, SmallFloatCodes::ieee};
inline constexpr SmallFloat kF8E5m2fnuz{5, 2, 16, SmallFloatCodes::unsigned0};
inline constexpr SmallFloat kF6E2m3{2, 3, 1, SmallFloatCodes::finite};
inline constexpr SmallFloat kF6E3m2{3, 2, 3, SmallFloatCodes::finite};
inline constexpr SmallFloat kF4E2m1{2, 1, 1, SmallFloatCodes::finite};

// What becomes of numbers beyond the largest, infinities included.
enum class Overflow : uint8_t {
  saturate,  // the largest number
  special,   // infinity where the format has it, else NaN, else the largest number
};

// Bits above the format's are not seen.
float small_to_f32(const SmallFloat& format, uint8_t code);
// To the nearest, ties to even. A NaN becomes NaN; where there is none, zero of the other sign.
uint8_t f32_to_small(const SmallFloat& format, float value, Overflow overflow);

// f8_e8m0 is a power of two without sign: 2^(code - 127), 255 is NaN.
enum class ScaleRounding : uint8_t {
  up,       // away from zero; ONNX's default
  down,     // towards zero
  nearest,  // ties up
};
float e8m0_to_f32(uint8_t code);
// As ONNX's Cast: the sign is dropped; NaN and infinity become NaN. Only `up` and `nearest` can
// overflow: to the largest number, or to NaN.
uint8_t f32_to_e8m0(float value, ScaleRounding rounding, Overflow overflow);

}  // namespace hone
