#include "ops/tensor_scatter/op.h"

#include "ops/define.h"
#include "ops/shape_rules.h"

namespace hone {
namespace {

constexpr std::string_view kOperands[] = {"past", "update", "first?"};
constexpr std::string_view kResults[] = {"present"};
constexpr std::string_view kConstraints[] = {
    "C1: past and update have one dtype, of plain elements",
    "C2: the time axis is one of past's, but not the first",
    "C3: update is as large as past, and no longer along time",
    "C4: first is i64, one a batch, and 0 or more",
};

Expected<std::vector<TensorType>> infer(const TensorScatterAttrs& attrs, OperandTypes operands) {
  const TensorType &past = *operands[0], &update = *operands[1];
  if (!has_plain_elements(past.dtype) || update.dtype != past.dtype) {
    return fail_constraint("C1", name_of(past.dtype), " and ", name_of(update.dtype));
  }
  const auto axis = find_axis(attrs.axis, past.shape.size());
  if (!axis || *axis == 0) return fail_constraint("C2", "it is axis ", attrs.axis);
  bool fits = update.shape.size() == past.shape.size();
  for (size_t i = 0; fits && i < past.shape.size(); ++i) {
    const Dim a = past.shape[i], b = update.shape[i];
    fits = may_equal(a, b) || (i == *axis && b.value() < a.value());
  }
  if (!fits) {
    return fail_constraint("C3", to_text(update.shape, {}), " and ", to_text(past.shape, {}));
  }
  if (operands[2] != nullptr && (!is_plain(*operands[2], DType::i64, 1) ||
                                 !may_equal(operands[2]->shape[0], past.shape[0]))) {
    return fail_constraint("C4", "it is ", to_text(*operands[2], {}));
  }
  return std::vector<TensorType>{past};
}

Cost cost(const TensorScatterAttrs&, BoundTypes operands, BoundTypes results) {
  return elementwise_cost(0, operands, results);
}

}  // namespace

const OpDef& tensor_scatter_op() {
  using T = Typed<TensorScatterAttrs, infer, cost>;
  static const OpDef kDef{.name = "tensor_scatter",
                          .summary = "a cache with new entries along time (ONNX TensorScatter)",
                          .operands = kOperands,
                          .results = kResults,
                          .constraints = kConstraints,
                          .default_attrs = T::default_attrs,
                          .infer = T::infer,
                          .cost = T::cost};
  return kDef;
}

}  // namespace hone
