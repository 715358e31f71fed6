// rms_norm: y = x / sqrt(mean(x^2) + eps) * weight over the last axis (arXiv:1910.07467, equation
// 4).
#pragma once

#include "ops/attrs.h"

namespace hone {

// What a step hands to the next matmul: floats, or activations quantized by quantize_rows' rule.
enum class RowResult : uint8_t { f32, q8_a };
inline constexpr std::string_view kRowResultNames[] = {"f32", "q8_a"};

struct RmsNormAttrs {
  float eps = 1e-5f;
  RowResult result = RowResult::f32;
  void visit(AttrVisitor& v) {
    v.field("eps", eps);
    v.field("result", result, kRowResultNames);
  }
};

}  // namespace hone
