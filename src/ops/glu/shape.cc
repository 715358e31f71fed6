#include "ops/define.h"
#include "ops/glu/op.h"
#include "ops/shape_rules.h"

namespace hone {
namespace {

constexpr std::string_view kOperands[] = {"gate", "up"};
constexpr std::string_view kResults[] = {"y"};
constexpr std::string_view kConstraints[] = {
    "C1: gate and up are f32 of one shape",
    "C2: a q8_a result needs rows of a multiple of 32",
};

Expected<std::vector<TensorType>> infer(const GluAttrs& attrs, OperandTypes operands) {
  const TensorType& gate = *operands[0];
  if (gate.dtype != DType::f32 || gate.shape.empty() || gate != *operands[1]) {
    return fail_constraint("C1", "gate and up must be f32 of one shape");
  }
  TensorType result = gate;
  if (attrs.result == RowResult::q8_a) {
    if (!fits_blocks(gate, DType::q8_a)) {
      return fail_constraint("C2", "rows must be a multiple of 32");
    }
    result.dtype = DType::q8_a;
  }
  return std::vector<TensorType>{result};
}

Cost cost(const GluAttrs&, BoundTypes operands, BoundTypes results) {
  return elementwise_cost(12, operands, results);
}

}  // namespace

const OpDef& glu_op() {
  using T = Typed<GluAttrs, infer, cost>;
  static const OpDef kDef{.name = "glu",
                          .summary = "y = activation(gate) * up (arXiv:2002.05202)",
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
