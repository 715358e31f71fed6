#include "ops/quantized.h"

#include <algorithm>
#include <cmath>

namespace hone {

bool is_code(DType dtype) { return dtype == DType::i8 || dtype == DType::u8; }

bool is_code_of(int64_t number, DType dtype) {
  return dtype == DType::i8 ? number >= -128 && number <= 127 : number >= 0 && number <= 255;
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

}  // namespace hone
