#include "ops/quantized.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace hone {

bool is_code(DType dtype) { return dtype == DType::i8 || dtype == DType::u8; }

bool is_code_of(int64_t number, DType dtype) {
  return dtype == DType::i8 ? number >= -128 && number <= 127 : number >= 0 && number <= 255;
}

int64_t farthest_code(DType dtype, int64_t zero) {
  const int64_t least = dtype == DType::i8 ? -128 : 0;
  return std::max(zero - least, least + 255 - zero);
}

std::optional<DType> CodesAttrs::dtype() const {
  const auto found = find_dtype(to);
  if (!found || !is_code(*found) || low > high) return {};
  for (const int64_t code : {zero, low, high}) {
    if (!is_code_of(code, *found)) return {};
  }
  return found;
}

double CodesAttrs::code_of(float units) const {
  if (std::isnan(units)) return static_cast<double>(low);
  const double code = std::nearbyint(static_cast<double>(units)) + static_cast<double>(zero);
  return std::clamp(code, static_cast<double>(low), static_cast<double>(high));
}

double CodesAttrs::code_of(int32_t units) const {
  return static_cast<double>(std::clamp(units + zero, low, high));
}

FixedScale FixedScale::of(double scale) {
  if (!std::isfinite(scale) || scale <= 0) return {};
  int shift = 0;
  const double fraction = std::frexp(scale, &shift);
  auto multiplier = static_cast<int64_t>(std::round(fraction * 2147483648.0));
  if (multiplier == int64_t{1} << 31) {
    multiplier /= 2;
    ++shift;
  }
  if (shift < -31) return {};
  return {.multiplier = static_cast<int32_t>(multiplier),
          .left = std::clamp(shift, 0, 31),
          .right = std::max(-shift, 0)};
}

FixedScale FixedScale::over(int64_t count) const {
  if (count < 1) return *this;
  const int whole = static_cast<int>(std::bit_width(static_cast<uint64_t>(count))) - 1;
  const int most = std::max(0, 31 + left - right);
  const int shift = std::min({whole, 32, most});
  const auto divided = (int64_t{multiplier} << shift) / count;
  const int moved = left - right - shift;
  return {.multiplier = static_cast<int32_t>(divided),
          .left = std::max(moved, 0),
          .right = std::clamp(-moved, 0, 31)};
}

int32_t FixedScale::times(int32_t sum) const {
  const auto wrapped = [](int64_t x) { return static_cast<int32_t>(static_cast<uint32_t>(x)); };
  const int32_t x = wrapped(static_cast<int64_t>(static_cast<uint64_t>(sum) << left));
  const int32_t high = wrapped((int64_t{x} * multiplier + (int64_t{1} << 30)) >> 31);
  if (right == 0) return high;
  const int64_t half = int64_t{1} << (right - 1);
  return wrapped(high + half - (high < 0 ? 1 : 0)) >> right;
}

}  // namespace hone
