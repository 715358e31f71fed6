// quantize_dynamic: u8 codes over the range that a tensor has, zero included, with its scale and
// zero point (ONNX DynamicQuantizeLinear).
#pragma once

#include <algorithm>
#include <cmath>

#include "ops/attrs.h"

namespace hone {

using QuantizeDynamicAttrs = NoAttrs;

struct DynamicScale {
  float scale;
  float zero;  // a whole number in [0, 255]
};
// Of numbers in [low, high], where low <= 0 <= high.
inline DynamicScale dynamic_scale(float low, float high) {
  const float scale = high == low ? 1.0f : (high - low) / 255.0f;
  const float zero = 0.0f - low / scale;
  return {scale, std::isnan(zero) ? 0.0f : std::nearbyint(std::clamp(zero, 0.0f, 255.0f))};
}

}  // namespace hone
