#include "ops/define.h"
#include "ops/rope/op.h"
#include "ops/shape_rules.h"

namespace hone {
namespace {

constexpr std::string_view kOperands[] = {"x", "table"};
constexpr std::string_view kResults[] = {"y"};
constexpr std::string_view kConstraints[] = {
    "C1: x is f32 [token, head, head_dim]",
    "C2: table is f32 [token, rotary_dim] with rotary_dim even and at most head_dim",
};

Expected<std::vector<TensorType>> infer(const RopeAttrs&, OperandTypes operands) {
  const TensorType& x = *operands[0];
  const TensorType& table = *operands[1];
  if (!is_plain(x, DType::f32, 3) || x.shape[2].is_symbol()) {
    return fail_constraint("C1", "x must be f32 [token, head, head_dim]");
  }
  if (!is_plain(table, DType::f32, 2) || table.shape[0] != x.shape[0] ||
      table.shape[1].is_symbol() || table.shape[1].value() % 2 != 0 ||
      table.shape[1].value() > x.shape[2].value()) {
    return fail_constraint("C2", "the table must be f32 [token, rotary_dim <= head_dim]");
  }
  return std::vector<TensorType>{x};
}

Cost cost(const RopeAttrs&, BoundTypes operands, BoundTypes results) {
  return elementwise_cost(3, operands, results);
}

}  // namespace

const OpDef& rope_op() {
  using T = Typed<RopeAttrs, infer, cost>;
  static const OpDef kDef{.name = "rope",
                          .summary = "rotates pairs of each head by position (arXiv:2104.09864)",
                          .operands = kOperands,
                          .results = kResults,
                          .constraints = kConstraints,
                          .default_attrs = T::default_attrs,
                          .infer = T::infer,
                          .cost = T::cost};
  return kDef;
}

}  // namespace hone
