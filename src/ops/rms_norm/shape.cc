#include "ops/define.h"
#include "ops/rms_norm/op.h"
#include "ops/shape_rules.h"

namespace hone {
namespace {

constexpr std::string_view kOperands[] = {"x", "weight"};
constexpr std::string_view kResults[] = {"y"};
constexpr std::string_view kConstraints[] = {
    "C1: x is f32 with at least one axis",
    "C2: weight is f32 with one axis, as long as x's last",
    "C3: a q8_a result needs rows of a multiple of 32",
};

Expected<std::vector<TensorType>> infer(const RmsNormAttrs& attrs, OperandTypes operands) {
  const TensorType& x = *operands[0];
  const TensorType& weight = *operands[1];
  if (x.dtype != DType::f32 || x.shape.empty()) return fail_constraint("C1", "x must be f32 rows");
  if (!is_plain(weight, DType::f32, 1) || last_dim(weight) != last_dim(x)) {
    return fail_constraint("C2", "weight must be f32 and as long as x's last axis");
  }
  TensorType result = x;
  if (attrs.result == RowResult::q8_a) {
    if (!fits_blocks(x, DType::q8_a)) return fail_constraint("C3", "rows must be a multiple of 32");
    result.dtype = DType::q8_a;
  }
  return std::vector<TensorType>{result};
}

Cost cost(const RmsNormAttrs&, BoundTypes operands, BoundTypes results) {
  return elementwise_cost(4, operands, results);
}

}  // namespace

const OpDef& rms_norm_op() {
  using T = Typed<RmsNormAttrs, infer, cost>;
  static const OpDef kDef{
      .name = "rms_norm",
      .summary = "y = x / sqrt(mean(x^2) + eps) * weight over the last axis (arXiv:1910.07467)",
      .operands = kOperands,
      .results = kResults,
      .constraints = kConstraints,
      .default_attrs = T::default_attrs,
      .infer = T::infer,
      .cost = T::cost};
  return kDef;
}

}  // namespace hone
