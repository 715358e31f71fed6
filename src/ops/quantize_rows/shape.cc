#include "ops/define.h"
#include "ops/quantize_rows/op.h"
#include "ops/shape_rules.h"

namespace hone {
namespace {

constexpr std::string_view kOperands[] = {"x"};
constexpr std::string_view kResults[] = {"y"};
constexpr std::string_view kConstraints[] = {
    "C1: x is f32 with at least one axis",
    "C2: rows are a multiple of 32",
};

Expected<std::vector<TensorType>> infer(const QuantizeRowsAttrs&, OperandTypes operands) {
  const TensorType& x = *operands[0];
  if (x.dtype != DType::f32 || x.shape.empty()) return fail_constraint("C1", "x must be f32 rows");
  if (!fits_blocks(x, DType::q8_a)) return fail_constraint("C2", "rows must be a multiple of 32");
  return std::vector<TensorType>{TensorType{DType::q8_a, x.shape}};
}

Cost cost(const QuantizeRowsAttrs&, BoundTypes operands, BoundTypes results) {
  return elementwise_cost(4, operands, results);
}

}  // namespace

const OpDef& quantize_rows_op() {
  using T = Typed<QuantizeRowsAttrs, infer, cost>;
  static const OpDef kDef{.name = "quantize_rows",
                          .summary = "activations as signed 8-bit codes with a scale every 32",
                          .operands = kOperands,
                          .results = kResults,
                          .constraints = kConstraints,
                          .default_attrs = T::default_attrs,
                          .infer = T::infer,
                          .cost = T::cost};
  return kDef;
}

}  // namespace hone
