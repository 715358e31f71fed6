#include "ops/select/op.h"

#include "ops/define.h"
#include "ops/shape_rules.h"

namespace hone {
namespace {

constexpr std::string_view kOperands[] = {"condition", "a", "b"};
constexpr std::string_view kResults[] = {"y"};
constexpr std::string_view kConstraints[] = {
    "C1: the condition is boolean",
    "C2: a and b have one dtype, of plain elements",
    "C3: the three broadcast",
};

Expected<std::vector<TensorType>> infer(const SelectAttrs&, OperandTypes operands) {
  const TensorType &condition = *operands[0], &a = *operands[1], &b = *operands[2];
  if (condition.dtype != DType::boolean) {
    return fail_constraint("C1", "the condition is ", name_of(condition.dtype));
  }
  if (a.dtype != b.dtype || !has_plain_elements(a.dtype)) {
    return fail_constraint("C2", name_of(a.dtype), " and ", name_of(b.dtype));
  }
  auto shape = broadcast(a.shape, b.shape);
  if (shape) shape = broadcast(*shape, condition.shape);
  if (!shape) return fail_constraint("C3", "the shapes do not broadcast");
  return std::vector<TensorType>{{a.dtype, *std::move(shape)}};
}

Cost cost(const SelectAttrs&, BoundTypes operands, BoundTypes results) {
  return elementwise_cost(1, operands, results);
}

}  // namespace

const OpDef& select_op() {
  using T = Typed<SelectAttrs, infer, cost>;
  static const OpDef kDef{.name = "select",
                          .summary = "a where a condition holds, else b (ONNX Where)",
                          .operands = kOperands,
                          .results = kResults,
                          .constraints = kConstraints,
                          .default_attrs = T::default_attrs,
                          .infer = T::infer,
                          .cost = T::cost,
                          .in_place = 0b110};
  return kDef;
}

}  // namespace hone
