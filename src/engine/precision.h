// How coarse the numbers may be that a step makes its products of.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace hone {

// What is not f32 is a permission. bf16: f32 operands may be rounded to it before they are
// multiplied, and sums are of f32. winograd: sums of f32 may be made of products of transformed
// operands, all in f32, whose rounding errors are about twice as large. Kernels that do not know
// it, and devices that do not have it, compute in f32.
enum class Precision : uint8_t { f32, bf16, winograd };
inline constexpr std::array<std::string_view, 3> kPrecisionNames = {"f32", "bf16", "winograd"};

constexpr std::string_view name_of(Precision precision) {
  return kPrecisionNames[static_cast<size_t>(precision)];
}

// Whether what allows one may be computed in the other.
constexpr bool allows(Precision allowed, Precision used) {
  return used == Precision::f32 || used == allowed;
}

}  // namespace hone
