#include "tensor/small_float.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace hone {
namespace {

int sign_bit(const SmallFloat& format) {
  return 1 << (format.exponent_bits + format.mantissa_bits);
}

// The code of the largest number.
int largest(const SmallFloat& format) {
  const int all_ones = sign_bit(format) - 1;
  if (format.codes == SmallFloatCodes::one_nan) return all_ones - 1;
  // Below the highest exponent, which holds infinity.
  if (format.codes == SmallFloatCodes::ieee) return all_ones - (1 << format.mantissa_bits);
  return all_ones;
}

uint8_t nan_code(const SmallFloat& format, int sign) {
  switch (format.codes) {
    case SmallFloatCodes::finite:
      return static_cast<uint8_t>(sign ^ sign_bit(format));
    case SmallFloatCodes::one_nan:
      return static_cast<uint8_t>(sign | 0x7f);
    case SmallFloatCodes::ieee:
      return static_cast<uint8_t>(sign | (largest(format) + 1) | 1 << (format.mantissa_bits - 1));
    case SmallFloatCodes::unsigned0:
      break;
  }
  return static_cast<uint8_t>(sign_bit(format));
}

uint8_t overflow_code(const SmallFloat& format, int sign, Overflow overflow) {
  if (overflow == Overflow::saturate || format.codes == SmallFloatCodes::finite) {
    return static_cast<uint8_t>(sign | largest(format));
  }
  if (format.codes == SmallFloatCodes::ieee) {
    return static_cast<uint8_t>(sign | (largest(format) + 1));
  }
  return nan_code(format, sign);
}

}  // namespace

float small_to_f32(const SmallFloat& format, uint8_t code) {
  constexpr float kNan = std::bit_cast<float>(0x7fc00000u);
  const int sign = code & sign_bit(format);
  const int magnitude = code & (sign_bit(format) - 1);
  const float signed_one = sign != 0 ? -1.0f : 1.0f;
  if (format.codes == SmallFloatCodes::unsigned0 && sign != 0 && magnitude == 0) return kNan;
  if (magnitude > largest(format)) {
    const bool is_infinity =
        format.codes == SmallFloatCodes::ieee && magnitude == largest(format) + 1;
    return is_infinity ? signed_one * std::bit_cast<float>(0x7f800000u) : kNan;
  }
  const int field = magnitude >> format.mantissa_bits;
  const int fraction = magnitude & ((1 << format.mantissa_bits) - 1);
  const int significand = field == 0 ? fraction : fraction | 1 << format.mantissa_bits;
  const int exponent = std::max(field, 1) - format.bias - format.mantissa_bits;
  return signed_one * std::ldexp(static_cast<float>(significand), exponent);
}

uint8_t f32_to_small(const SmallFloat& format, float value, Overflow overflow) {
  const int sign = std::signbit(value) ? sign_bit(format) : 0;
  if (std::isnan(value)) return nan_code(format, sign);
  if (std::isinf(value)) return overflow_code(format, sign, overflow);
  const double magnitude = std::fabs(static_cast<double>(value));
  // In units of the last place of its binade, or of the subnormals; both are exact.
  const int smallest = 1 - format.bias;
  const int exponent = magnitude == 0.0 ? smallest : std::max(std::ilogb(magnitude), smallest);
  const double units = std::nearbyint(std::ldexp(magnitude, format.mantissa_bits - exponent));
  // Carries into the exponent by itself: codes count on from binade to binade.
  const int64_t code = (static_cast<int64_t>(exponent - smallest) << format.mantissa_bits) +
                       static_cast<int64_t>(units);
  if (code > largest(format)) return overflow_code(format, sign, overflow);
  if (code == 0 && format.codes == SmallFloatCodes::unsigned0) return 0;
  return static_cast<uint8_t>(sign | static_cast<int>(code));
}

float e8m0_to_f32(uint8_t code) {
  if (code == 255) return std::bit_cast<float>(0x7fc00000u);
  return std::ldexp(1.0f, code - 127);
}

uint8_t f32_to_e8m0(float value, ScaleRounding rounding, Overflow overflow) {
  const auto bits = std::bit_cast<uint32_t>(value);
  const uint32_t exponent = bits >> 23 & 255u;
  if (exponent == 255) return 255;
  const uint32_t fraction = bits & 0x7fffffu;
  bool is_up = rounding == ScaleRounding::up && fraction != 0;
  // Below 2^-126 a float's fraction counts from zero, not from one: a tie stays.
  if (rounding == ScaleRounding::nearest) is_up = fraction + (exponent > 0) > 0x400000u;
  if (is_up && exponent == 254 && overflow == Overflow::saturate) is_up = false;
  return static_cast<uint8_t>(exponent + is_up);
}

}  // namespace hone
