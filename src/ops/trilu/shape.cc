#include "ops/trilu/op.h"

#include "ops/define.h"
#include "ops/shape_rules.h"

namespace hone {
namespace {

constexpr std::string_view kOperands[] = {"x", "k?"};
constexpr std::string_view kResults[] = {"y"};
constexpr std::string_view kConstraints[] = {
    "C1: x has plain elements and two axes at least",
    "C2: k is one i64",
};

Expected<std::vector<TensorType>> infer(const TriluAttrs&, OperandTypes operands) {
  const TensorType& x = *operands[0];
  if (!has_plain_elements(x.dtype) || x.shape.size() < 2) {
    return fail_constraint("C1", "x is ", to_text(x, {}));
  }
  if (const OperandType* k = operands[1]) {
    const Dim elements = k->shape.empty() ? Dim(1) : product(k->shape);
    if (k->dtype != DType::i64 || !may_equal(elements, Dim(1))) {
      return fail_constraint("C2", "k is ", to_text(*k, {}));
    }
  }
  return std::vector<TensorType>{x};
}

Cost cost(const TriluAttrs&, BoundTypes operands, BoundTypes results) {
  return elementwise_cost(0, operands, results);
}

}  // namespace

const OpDef& trilu_op() {
  using T = Typed<TriluAttrs, infer, cost>;
  static const OpDef kDef{.name = "trilu",
                          .summary = "the upper or lower triangle of matrices (ONNX Trilu)",
                          .operands = kOperands,
                          .results = kResults,
                          .constraints = kConstraints,
                          .default_attrs = T::default_attrs,
                          .infer = T::infer,
                          .cost = T::cost};
  return kDef;
}

}  // namespace hone
