#include "ops/define.h"
#include "ops/lrn/op.h"
#include "ops/shape_rules.h"

namespace hone {
namespace {

constexpr std::string_view kOperands[] = {"x"};
constexpr std::string_view kResults[] = {"y"};
constexpr std::string_view kConstraints[] = {
    "C1: x is floats [batch, channels, ...]",
    "C2: size is 1 to 2^31",
};

Expected<std::vector<TensorType>> infer(const LrnAttrs& attrs, OperandTypes operands) {
  const TensorType& x = *operands[0];
  if (!is_float(x.dtype) || x.shape.size() < 2) {
    return fail_constraint("C1", "x is ", to_text(x, {}));
  }
  if (attrs.size < 1 || attrs.size > (int64_t{1} << 31)) {
    return fail_constraint("C2", "size is ", attrs.size);
  }
  return std::vector<TensorType>{x};
}

Cost cost(const LrnAttrs& attrs, BoundTypes operands, BoundTypes results) {
  return elementwise_cost(2 * static_cast<double>(attrs.size) + 40, operands, results);
}

}  // namespace

const OpDef& lrn_op() {
  using T = Typed<LrnAttrs, infer, cost>;
  static const OpDef kDef{.name = "lrn",
                          .summary = "x divided by a power of the squares in channels around",
                          .operands = kOperands,
                          .results = kResults,
                          .constraints = kConstraints,
                          .default_attrs = T::default_attrs,
                          .infer = T::infer,
                          .cost = T::cost};
  return kDef;
}

}  // namespace hone
