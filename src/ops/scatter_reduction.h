// What becomes of an element that is scattered to: shared by scatter_elements and scatter_nd.
#pragma once

#include <cstdint>
#include <string_view>
#include <type_traits>

namespace hone {

enum class ScatterReduction : uint8_t { none, add, mul, max, min };
inline constexpr std::string_view kScatterReductionNames[] = {"none", "add", "mul", "max", "min"};

// Integers wrap; a NaN stays.
template <class T>
T scatter_into(ScatterReduction reduction, T old, T update) {
  switch (reduction) {
    case ScatterReduction::none:
      return update;
    case ScatterReduction::max:
      return old > update || old != old ? old : update;
    case ScatterReduction::min:
      return old < update || old != old ? old : update;
    default:
      break;
  }
  const bool sum = reduction == ScatterReduction::add;
  if constexpr (std::is_same_v<T, bool>) {
    return sum ? old || update : old && update;
  } else if constexpr (std::is_integral_v<T>) {
    const auto a = static_cast<uint64_t>(old), b = static_cast<uint64_t>(update);
    return static_cast<T>(sum ? a + b : a * b);
  } else {
    return sum ? old + update : old * update;
  }
}

}  // namespace hone
