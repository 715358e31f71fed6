#include "ops/define.h"
#include "ops/quantize_dynamic/op.h"

namespace hone {
namespace {

constexpr std::string_view kOperands[] = {"x"};
constexpr std::string_view kResults[] = {"y", "scale", "zero"};
constexpr std::string_view kConstraints[] = {"C1: x is f32"};

Expected<std::vector<TensorType>> infer(const QuantizeDynamicAttrs&, OperandTypes operands) {
  if (operands[0]->dtype != DType::f32) {
    return fail_constraint("C1", "x is ", name_of(operands[0]->dtype));
  }
  return std::vector<TensorType>{
      {DType::u8, operands[0]->shape}, {DType::f32, {}}, {DType::u8, {}}};
}

Cost cost(const QuantizeDynamicAttrs&, BoundTypes operands, BoundTypes results) {
  return elementwise_cost(5, operands, results);
}

}  // namespace

const OpDef& quantize_dynamic_op() {
  using T = Typed<QuantizeDynamicAttrs, infer, cost>;
  static const OpDef kDef{
      .name = "quantize_dynamic",
      .summary = "u8 codes over the range that x has (ONNX DynamicQuantizeLinear)",
      .operands = kOperands,
      .results = kResults,
      .constraints = kConstraints,
      .default_attrs = T::default_attrs,
      .infer = T::infer,
      .cost = T::cost};
  return kDef;
}

}  // namespace hone
