#include "ops/define.h"
#include "ops/quantized_binary/op.h"
#include "ops/shape_rules.h"

namespace hone {
namespace {

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

const OpDef& quantized_binary_op() {
  using T = Typed<QuantizedBinaryAttrs, infer, cost>;
  static const OpDef kDef{.name = "quantized_binary",
                          .summary = "sum, difference or product of 8-bit codes to codes",
                          .operands = kOperands,
                          .results = kResults,
                          .constraints = kConstraints,
                          .default_attrs = T::default_attrs,
                          .infer = T::infer,
                          .cost = T::cost};
  return kDef;
}

}  // namespace hone
