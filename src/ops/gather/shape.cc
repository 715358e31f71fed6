#include "ops/define.h"
#include "ops/gather/op.h"
#include "ops/shape_rules.h"

namespace hone {
namespace {

constexpr std::string_view kOperands[] = {"table", "index"};
constexpr std::string_view kResults[] = {"rows"};
constexpr std::string_view kConstraints[] = {
    "C1: table has two axes",
    "C2: index is i32 with one axis; values lie in [0, rows of table)",
};

Expected<std::vector<TensorType>> infer(const GatherAttrs&, OperandTypes operands) {
  const TensorType& table = *operands[0];
  if (table.shape.size() != 2) return fail_constraint("C1", "the table must have two axes");
  if (!is_plain(*operands[1], DType::i32, 1)) {
    return fail_constraint("C2", "the index must be i32 with one axis");
  }
  return std::vector<TensorType>{TensorType{DType::f32, {operands[1]->shape[0], table.shape[1]}}};
}

Cost cost(const GatherAttrs&, BoundTypes operands, BoundTypes results) {
  Cost cost;
  cost.bytes = bytes_of(*results[0]) + bytes_of({operands[0]->dtype, results[0]->dims});
  return cost;
}

}  // namespace

const OpDef& gather_op() {
  using T = Typed<GatherAttrs, infer, cost>;
  static const OpDef kDef{.name = "gather",
                          .summary = "rows[i] = table[index[i]] as f32 (ONNX Gather, axis 0)",
                          .operands = kOperands,
                          .results = kResults,
                          .constraints = kConstraints,
                          .default_attrs = T::default_attrs,
                          .infer = T::infer,
                          .cost = T::cost};
  return kDef;
}

}  // namespace hone
