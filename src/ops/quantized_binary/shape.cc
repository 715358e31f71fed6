#include <algorithm>

#include "ops/define.h"
#include "ops/quantized_binary/op.h"
#include "ops/shape_rules.h"

namespace hone {
namespace {

// Codes of operands stand 20 bits higher while they are brought to one scale.
constexpr int32_t kFixedUnit = 1 << 20;

constexpr std::string_view kOperands[] = {"a", "b"};
constexpr std::string_view kResults[] = {"y"};
constexpr std::string_view kConstraints[] = {
    "C1: a and b are i8 or u8, and so are their zeros",
    "C2: their shapes broadcast",
    "C3: y is i8 or u8, and its zero and range are codes of it",
};

Expected<std::vector<TensorType>> infer(const QuantizedBinaryAttrs& attrs, OperandTypes operands) {
  const TensorType &a = *operands[0], &b = *operands[1];
  if (!is_code(a.dtype) || !is_code(b.dtype) || !is_code_of(attrs.a_zero, a.dtype) ||
      !is_code_of(attrs.b_zero, b.dtype)) {
    return fail_constraint("C1", "a and b are ", name_of(a.dtype), " and ", name_of(b.dtype),
                           ", their zeros ", attrs.a_zero, " and ", attrs.b_zero);
  }
  const auto shape = broadcast(a.shape, b.shape);
  if (!shape) {
    return fail_constraint("C2", to_text(a.shape, {}), " and ", to_text(b.shape, {}));
  }
  const auto dtype = attrs.y.dtype();
  if (!dtype) return fail_constraint("C3", "y is ", attrs.y.to, " with zero ", attrs.y.zero);
  return std::vector<TensorType>{{*dtype, *shape}};
}

Cost cost(const QuantizedBinaryAttrs&, BoundTypes operands, BoundTypes results) {
  return elementwise_cost(6, operands, results);
}

}  // namespace

BinaryScales::BinaryScales(const QuantizedBinaryAttrs& attrs) {
  using Kind = QuantizedBinaryAttrs::Kind;
  const auto real_a = static_cast<double>(attrs.a_scale);
  const auto real_b = static_cast<double>(attrs.b_scale);
  const auto real_y = static_cast<double>(attrs.y_scale);
  if (attrs.kind == Kind::mul) {
    a = attrs.a_scale * attrs.b_scale / attrs.y_scale;
    fixed_y = FixedScale::of(static_cast<double>(a));
    return;
  }
  a = attrs.a_scale / attrs.y_scale;
  b = attrs.b_scale / attrs.y_scale;
  const double unit = 2 * std::max(real_a, real_b);
  fixed_a = FixedScale::of(real_a / unit);
  fixed_b = FixedScale::of(real_b / unit);
  fixed_y = FixedScale::of(unit / (kFixedUnit * real_y));
}

int32_t fixed_result(QuantizedBinaryAttrs::Kind kind, const BinaryScales& scales, int32_t a,
                     int32_t b) {
  using Kind = QuantizedBinaryAttrs::Kind;
  if (kind == Kind::mul) return scales.fixed_y.times(a * b);
  const int32_t left = scales.fixed_a.times(a * kFixedUnit);
  const int32_t right = scales.fixed_b.times(b * kFixedUnit);
  return scales.fixed_y.times(kind == Kind::add ? left + right : left - right);
}

const OpDef& quantized_binary_op() {
  using T = Typed<QuantizedBinaryAttrs, infer, cost>;
  static const OpDef kDef{.name = "quantized_binary",
                          .summary = "sum, difference or product of 8-bit codes to codes",
                          .operands = kOperands,
                          .results = kResults,
                          .constraints = kConstraints,
                          .default_attrs = T::default_attrs,
                          .infer = T::infer,
                          .cost = T::cost,
                          .in_place = 0b11};
  return kDef;
}

}  // namespace hone
