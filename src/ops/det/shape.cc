#include "ops/define.h"
#include "ops/det/op.h"
#include "ops/shape_rules.h"

namespace hone {
namespace {

constexpr std::string_view kOperands[] = {"x"};
constexpr std::string_view kResults[] = {"y"};
constexpr std::string_view kConstraints[] = {"C1: x is floats [batch..., n, n]"};

Expected<std::vector<TensorType>> infer(const NoAttrs&, OperandTypes operands) {
  const TensorType& x = *operands[0];
  const size_t rank = x.shape.size();
  if (!is_float(x.dtype) || rank < 2 || !may_equal(x.shape[rank - 2], x.shape[rank - 1])) {
    return fail_constraint("C1", "x is ", to_text(x, {}));
  }
  return std::vector<TensorType>{{x.dtype, Shape(x.shape.begin(), x.shape.end() - 2)}};
}

Cost cost(const NoAttrs&, BoundTypes operands, BoundTypes results) {
  Cost cost = elementwise_cost(0, operands, results);
  cost.flops = static_cast<double>(operands[0]->dims.elements()) *
               static_cast<double>(operands[0]->dims.back()) * 2 / 3;
  return cost;
}

}  // namespace

const OpDef& det_op() {
  using T = Typed<NoAttrs, infer, cost>;
  static const OpDef kDef{.name = "det",
                          .summary = "the determinant of each matrix",
                          .operands = kOperands,
                          .results = kResults,
                          .constraints = kConstraints,
                          .default_attrs = T::default_attrs,
                          .infer = T::infer,
                          .cost = T::cost};
  return kDef;
}

}  // namespace hone
