#include "ops/cast/op.h"

#include "ops/define.h"
#include "ops/shape_rules.h"

namespace hone {
namespace {

constexpr std::string_view kOperands[] = {"x", "like?"};
constexpr std::string_view kResults[] = {"y"};
constexpr std::string_view kConstraints[] = {
    "C1: x and the target are numbers or booleans",
};

bool is_castable(DType dtype) { return is_number(dtype) || dtype == DType::boolean; }

Expected<std::vector<TensorType>> infer(const CastAttrs& attrs, OperandTypes operands) {
  const auto to = operands[1] != nullptr ? operands[1]->dtype : find_dtype(attrs.to);
  if (!to || !is_castable(*to) || !is_castable(operands[0]->dtype)) {
    return fail_constraint("C1", name_of(operands[0]->dtype), " cannot become '", attrs.to, "'");
  }
  return std::vector<TensorType>{{*to, operands[0]->shape}};
}

Cost cost(const CastAttrs&, BoundTypes operands, BoundTypes results) {
  return elementwise_cost(1, operands, results);
}

}  // namespace

const OpDef& cast_op() {
  using T = Typed<CastAttrs, infer, cost>;
  static const OpDef kDef{.name = "cast",
                          .summary = "the same numbers as another dtype (ONNX Cast)",
                          .operands = kOperands,
                          .results = kResults,
                          .constraints = kConstraints,
                          .default_attrs = T::default_attrs,
                          .infer = T::infer,
                          .cost = T::cost};
  return kDef;
}

}  // namespace hone
