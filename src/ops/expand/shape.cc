#include "ops/define.h"
#include "ops/expand/op.h"
#include "ops/shape_rules.h"

namespace hone {
namespace {

constexpr std::string_view kOperands[] = {"x", "shape?"};
constexpr std::string_view kResults[] = {"y"};
constexpr std::string_view kConstraints[] = {
    "C1: x has plain elements",
    "C2: the shape is a list of sizes >= 0, 8 at most",
    "C3: x and the shape broadcast",
};

Expected<std::vector<TensorType>> infer(const ExpandAttrs& attrs, OperandTypes operands) {
  const TensorType& x = *operands[0];
  if (!has_plain_elements(x.dtype)) return fail_constraint("C1", "x is ", name_of(x.dtype));
  if (!is_list_of_ints(operands[1])) return fail_constraint("C2", "the shape is no integers");
  const auto sizes = given_ints(attrs.shape, operands[1]);
  if (!sizes) return known_when_run();
  if (sizes->size() > kMaxRank) return fail_constraint("C2", "too many axes: ", sizes->size());
  for (const int64_t size : *sizes) {
    if (size < 0) return fail_constraint("C2", "size ", size, " makes no sense");
  }
  auto shape = broadcast(x.shape, Shape(sizes->begin(), sizes->end()));
  if (!shape) return fail_constraint("C3", to_text(x.shape, {}), " does not fit the shape");
  return std::vector<TensorType>{{x.dtype, *std::move(shape)}};
}

Cost cost(const ExpandAttrs&, BoundTypes operands, BoundTypes results) {
  return elementwise_cost(0, operands, results);
}

}  // namespace

const OpDef& expand_op() {
  using T = Typed<ExpandAttrs, infer, cost>;
  static const OpDef kDef{.name = "expand",
                          .summary = "x repeated to a shape that it broadcasts to (ONNX Expand)",
                          .operands = kOperands,
                          .results = kResults,
                          .constraints = kConstraints,
                          .default_attrs = T::default_attrs,
                          .infer = T::infer,
                          .cost = T::cost,
                          .value_operands = 0b10};
  return kDef;
}

}  // namespace hone
