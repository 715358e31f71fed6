#include "ops/define.h"
#include "ops/scale_shift/op.h"
#include "ops/shape_rules.h"

namespace hone {
namespace {

constexpr std::string_view kOperands[] = {"x", "scale", "shift"};
constexpr std::string_view kResults[] = {"y"};
constexpr std::string_view kConstraints[] = {
    "C1: x, scale and shift are floats of one dtype",
    "C2: x is [batch, channels, ...], scale and shift are [channels]",
};

Expected<std::vector<TensorType>> infer(const NoAttrs&, OperandTypes operands) {
  const TensorType& x = *operands[0];
  for (size_t i = 1; i < 3; ++i) {
    if (!is_float(x.dtype) || operands[i]->dtype != x.dtype) {
      return fail_constraint("C1", "x is ", name_of(x.dtype), ", its ", kOperands[i], " ",
                             name_of(operands[i]->dtype));
    }
    if (x.shape.size() < 2 || operands[i]->shape.size() != 1 ||
        !may_equal(operands[i]->shape[0], x.shape[1])) {
      return fail_constraint("C2", kOperands[i], " ", to_text(operands[i]->shape, {}),
                             " does not fit x ", to_text(x.shape, {}));
    }
  }
  return std::vector<TensorType>{x};
}

Cost cost(const NoAttrs&, BoundTypes operands, BoundTypes results) {
  return elementwise_cost(2, operands, results);
}

}  // namespace

const OpDef& scale_shift_op() {
  using T = Typed<NoAttrs, infer, cost>;
  static const OpDef kDef{.name = "scale_shift",
                          .summary = "y = x scale + shift, one scale and shift a channel",
                          .operands = kOperands,
                          .results = kResults,
                          .constraints = kConstraints,
                          .default_attrs = T::default_attrs,
                          .infer = T::infer,
                          .cost = T::cost,
                          .in_place = 0b1};
  return kDef;
}

}  // namespace hone
