// How coarse the numbers may be that a step makes its products of.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace hone {

// From the finest on. What is coarser than f32 is a permission: f32 operands may be rounded to it
// before they are multiplied, and sums are of f32. Kernels that do not know it, and devices that do
// not have it, compute in f32.
enum class Precision : uint8_t { f32, bf16 };
inline constexpr std::array<std::string_view, 2> kPrecisionNames = {"f32", "bf16"};

}  // namespace hone
