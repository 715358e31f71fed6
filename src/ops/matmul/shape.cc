#include "ops/define.h"
#include "ops/matmul/op.h"
#include "ops/shape_rules.h"

namespace hone {
namespace {

constexpr std::string_view kOperands[] = {"x", "weight", "bias?", "residual?"};
constexpr std::string_view kResults[] = {"y"};
constexpr std::string_view kConstraints[] = {
    "C1: x is f32 or q8_a rows (two axes)",
    "C2: weight has two axes and its rows are as long as x's",
    "C3: bias is f32 with one element a weight row",
    "C4: residual is f32 with the result's shape",
};

Expected<std::vector<TensorType>> infer(const MatmulAttrs&, OperandTypes operands) {
  const TensorType& x = *operands[0];
  const TensorType& weight = *operands[1];
  if ((x.dtype != DType::f32 && x.dtype != DType::q8_a) || x.shape.size() != 2) {
    return fail_constraint("C1", "x must be f32 or q8_a with two axes");
  }
  if (weight.shape.size() != 2 || weight.shape[1] != x.shape[1]) {
    return fail_constraint("C2", "the weight's rows must be as long as x's");
  }
  const TensorType result{DType::f32, {x.shape[0], weight.shape[0]}};
  if (operands[2] != nullptr &&
      (!is_plain(*operands[2], DType::f32, 1) || operands[2]->shape[0] != weight.shape[0])) {
    return fail_constraint("C3", "the bias must be f32 with one element a weight row");
  }
  if (operands[3] != nullptr && *operands[3] != result) {
    return fail_constraint("C4", "the residual must be f32 with the result's shape");
  }
  return std::vector<TensorType>{result};
}

Cost cost(const MatmulAttrs&, BoundTypes operands, BoundTypes results) {
  Cost cost = elementwise_cost(0, operands, results);
  cost.flops = 2.0 * static_cast<double>(results[0]->dims.elements()) *
               static_cast<double>(operands[0]->dims.back());
  return cost;
}

}  // namespace

const OpDef& matmul_op() {
  using T = Typed<MatmulAttrs, infer, cost>;
  static const OpDef kDef{.name = "matmul",
                          .summary = "y = x * transpose(weight) + bias + residual",
                          .operands = kOperands,
                          .results = kResults,
                          .constraints = kConstraints,
                          .default_attrs = T::default_attrs,
                          .infer = T::infer,
                          .cost = T::cost,
                          .in_place = 0b1000};
  return kDef;
}

}  // namespace hone
