#include "ops/eye/op.h"

#include "ops/define.h"
#include "ops/shape_rules.h"

namespace hone {
namespace {

constexpr std::string_view kOperands[] = {"x"};
constexpr std::string_view kResults[] = {"y"};
constexpr std::string_view kConstraints[] = {
    "C1: x has two axes",
    "C2: the dtype is that of numbers or booleans",
};

Expected<std::vector<TensorType>> infer(const EyeAttrs& attrs, OperandTypes operands) {
  const TensorType& x = *operands[0];
  if (x.shape.size() != 2) return fail_constraint("C1", "x has ", x.shape.size(), " axes");
  const auto dtype = attrs.dtype.empty() ? x.dtype : find_dtype(attrs.dtype);
  if (!dtype || (!is_number(*dtype) && *dtype != DType::boolean)) {
    return fail_constraint("C2", "'", attrs.dtype, "' of ", name_of(x.dtype));
  }
  return std::vector<TensorType>{{*dtype, x.shape}};
}

Cost cost(const EyeAttrs&, BoundTypes, BoundTypes results) {
  Cost cost;
  cost.bytes = bytes_of(*results[0]);
  return cost;
}

}  // namespace

const OpDef& eye_op() {
  using T = Typed<EyeAttrs, infer, cost>;
  static const OpDef kDef{.name = "eye",
                          .summary = "ones on a diagonal of a matrix like x (ONNX EyeLike)",
                          .operands = kOperands,
                          .results = kResults,
                          .constraints = kConstraints,
                          .default_attrs = T::default_attrs,
                          .infer = T::infer,
                          .cost = T::cost};
  return kDef;
}

}  // namespace hone
