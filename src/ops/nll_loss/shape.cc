#include "ops/define.h"
#include "ops/nll_loss/op.h"
#include "ops/shape_rules.h"

namespace hone {
namespace {

constexpr std::string_view kOperands[] = {"x", "target", "weight?"};
constexpr std::string_view kResults[] = {"loss"};
constexpr std::string_view kConstraints[] = {
    "C1: x and weight are floats of one dtype, target is i32 or i64",
    "C2: x is [batch, classes, ...], target has its shape without classes",
    "C3: weight is [classes]",
};

Expected<std::vector<TensorType>> infer(const NllLossAttrs& attrs, OperandTypes operands) {
  const TensorType &x = *operands[0], &target = *operands[1];
  const TensorType* weight = operands[2];
  const bool integers = target.dtype == DType::i32 || target.dtype == DType::i64;
  if (!is_float(x.dtype) || !integers || (weight != nullptr && weight->dtype != x.dtype)) {
    return fail_constraint("C1", "x is ", name_of(x.dtype), ", target ", name_of(target.dtype));
  }
  bool fits = x.shape.size() >= 2 && target.shape.size() == x.shape.size() - 1;
  for (size_t i = 0; fits && i < target.shape.size(); ++i) {
    fits = may_equal(target.shape[i], x.shape[i == 0 ? 0 : i + 1]);
  }
  if (!fits) {
    return fail_constraint("C2", "target ", to_text(target.shape, {}), " does not fit x ",
                           to_text(x.shape, {}));
  }
  if (weight != nullptr &&
      (weight->shape.size() != 1 || !may_equal(weight->shape[0], x.shape[1]))) {
    return fail_constraint("C3", "weight is ", to_text(weight->shape, {}));
  }
  const bool none = attrs.reduction == NllLossAttrs::Reduction::none;
  return std::vector<TensorType>{{x.dtype, none ? target.shape : Shape{}}};
}

Cost cost(const NllLossAttrs&, BoundTypes operands, BoundTypes results) {
  return elementwise_cost(2, operands, results);
}

}  // namespace

const OpDef& nll_loss_op() {
  using T = Typed<NllLossAttrs, infer, cost>;
  static const OpDef kDef{.name = "nll_loss",
                          .summary = "minus the log-probability of each sample's class",
                          .operands = kOperands,
                          .results = kResults,
                          .constraints = kConstraints,
                          .default_attrs = T::default_attrs,
                          .infer = T::infer,
                          .cost = T::cost};
  return kDef;
}

}  // namespace hone
