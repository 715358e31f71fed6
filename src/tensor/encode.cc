#include "tensor/encode.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "base/error.h"
#include "tensor/codec/codec.h"
#include "tensor/float.h"
#include "tensor/numbers.h"

namespace hone {
namespace {

template <class T>
T from_double(double value) {
  if constexpr (std::is_same_v<T, bool>) {
    return value != 0;
  } else if constexpr (std::is_floating_point_v<T>) {
    return static_cast<T>(value);
  } else {
    if (std::isnan(value)) return 0;
    // 2^63 and 2^64 are doubles, the largest integers below them are not.
    if (value >= static_cast<double>(std::numeric_limits<T>::max())) {
      return std::numeric_limits<T>::max();
    }
    if (value <= static_cast<double>(std::numeric_limits<T>::min())) {
      return std::numeric_limits<T>::min();
    }
    return static_cast<T>(value);
  }
}

// Types of 2 and 4 bits hold less than the byte they lie in.
double clamp_narrow(DType dtype, double value) {
  switch (dtype) {
    case DType::i2:
      return std::clamp(value, -2.0, 1.0);
    case DType::u2:
      return std::clamp(value, 0.0, 3.0);
    case DType::i4:
      return std::clamp(value, -8.0, 7.0);
    case DType::u4:
      return std::clamp(value, 0.0, 15.0);
    default:
      return value;
  }
}

void encode_small_float(DType dtype, float value, Overflow overflow, std::byte* byte) {
  uint8_t code = 0;
  switch (dtype) {
    case DType::f8_e4m3fn:
      code = f32_to_small(kF8E4m3fn, value, overflow);
      break;
    case DType::f8_e4m3fnuz:
      code = f32_to_small(kF8E4m3fnuz, value, overflow);
      break;
    case DType::f8_e5m2:
      code = f32_to_small(kF8E5m2, value, overflow);
      break;
    case DType::f8_e5m2fnuz:
      code = f32_to_small(kF8E5m2fnuz, value, overflow);
      break;
    case DType::f8_e8m0:
      code = f32_to_e8m0(value, ScaleRounding::up, overflow);
      break;
    case DType::f4_e2m1:
      code = f32_to_small(kF4E2m1, value, overflow);
      break;
    default:
      HONE_CHECK(false);
  }
  *byte = std::byte{code};
}

}  // namespace

double decode_element(DType dtype, const std::byte* bytes) {
  double result = 0;
  const bool plain = with_number(dtype, [&]<class T>() {
    T value;
    std::memcpy(&value, bytes, sizeof(T));
    result = static_cast<double>(value);
  });
  if (plain) return result;
  const Codec* codec = find_codec(dtype);
  HONE_CHECK(codec != nullptr && info(dtype).block_elements == 1);
  float value = 0;
  codec->decode(bytes, 1, &value);
  return static_cast<double>(value);
}

void encode_element(DType dtype, double value, std::byte* bytes, Overflow overflow) {
  const bool plain = with_number(dtype, [&]<class T>() {
    const T stored = from_double<T>(clamp_narrow(dtype, value));
    std::memcpy(bytes, &stored, sizeof(T));
  });
  if (plain) return;
  const auto rounded = static_cast<float>(value);
  if (dtype == DType::f16 || dtype == DType::bf16) {
    const uint16_t half = dtype == DType::f16 ? f32_to_f16(rounded) : f32_to_bf16(rounded);
    std::memcpy(bytes, &half, sizeof(half));
    return;
  }
  encode_small_float(dtype, rounded, overflow, bytes);
}

}  // namespace hone
