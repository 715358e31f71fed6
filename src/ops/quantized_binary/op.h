// quantized_binary: sum, difference or product of 8-bit codes as codes, with NumPy's broadcasting
// (ONNX Runtime's QLinearAdd and QLinearMul, TFLite's integer ADD, SUB, MUL). In f32, each
// operation rounded:
//   add, sub: y = code of (a - a_zero) * a_scale +- (b - b_zero) * b_scale
//   mul:      y = code of ((a - a_zero) (b - b_zero)) * a_scale
// Scales are in units of y's.
#pragma once

#include "ops/attrs.h"
#include "ops/quantized.h"

namespace hone {

struct QuantizedBinaryAttrs {
  enum class Kind : uint8_t { add, sub, mul };
  Kind kind = Kind::add;
  int64_t a_zero = 0, b_zero = 0;
  float a_scale = 1, b_scale = 1;
  CodesAttrs y;
  void visit(AttrVisitor& v);
};
inline constexpr std::string_view kQuantizedBinaryNames[] = {"add", "sub", "mul"};

inline void QuantizedBinaryAttrs::visit(AttrVisitor& v) {
  v.field("kind", kind, kQuantizedBinaryNames);
  v.field("a_zero", a_zero);
  v.field("b_zero", b_zero);
  v.field("a_scale", a_scale);
  v.field("b_scale", b_scale);
  y.visit(v);
}

}  // namespace hone
