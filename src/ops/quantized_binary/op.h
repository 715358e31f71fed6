// quantized_binary: sum, difference or product of 8-bit codes as codes, with NumPy's broadcasting
// (ONNX Runtime's QLinearAdd and QLinearMul, TFLite's integer ADD, SUB, MUL). In f32, each
// operation rounded:
//   add, sub: y = code of (a - a_zero) * (a_scale / y_scale) +- (b - b_zero) * (b_scale / y_scale)
//   mul:      y = code of ((a - a_zero) (b - b_zero)) * (a_scale * b_scale / y_scale)
// In fixed point as TFLite does it: sums with 20 bits more, each product with a scale a FixedScale.
#pragma once

#include "ops/attrs.h"
#include "ops/quantized.h"

namespace hone {

struct QuantizedBinaryAttrs {
  enum class Kind : uint8_t { add, sub, mul };
  Kind kind = Kind::add;
  int64_t a_zero = 0, b_zero = 0;
  float a_scale = 1, b_scale = 1, y_scale = 1;
  bool fixed_point = false;
  CodesAttrs y;
  void visit(AttrVisitor& v);
};
// The scales that a sum's operands and result are multiplied with, or a product's result.
struct BinaryScales {
  float a = 1, b = 1;  // in units of y's; a also of a product
  FixedScale fixed_a, fixed_b, fixed_y;
  explicit BinaryScales(const QuantizedBinaryAttrs& attrs);
};
// The result of two codes less their zeros, in units of y's codes.
int32_t fixed_result(QuantizedBinaryAttrs::Kind kind, const BinaryScales& scales, int32_t a,
                     int32_t b);

inline constexpr std::string_view kQuantizedBinaryNames[] = {"add", "sub", "mul"};

inline void QuantizedBinaryAttrs::visit(AttrVisitor& v) {
  v.field("kind", kind, kQuantizedBinaryNames);
  v.field("a_zero", a_zero);
  v.field("b_zero", b_zero);
  v.field("a_scale", a_scale);
  v.field("b_scale", b_scale);
  v.field("y_scale", y_scale);
  v.field("fixed_point", fixed_point);
  y.visit(v);
}

}  // namespace hone
