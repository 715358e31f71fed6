#include "ops/define.h"
#include "ops/reshape/op.h"
#include "ops/shape_rules.h"

namespace hone {
namespace {

constexpr std::string_view kOperands[] = {"x"};
constexpr std::string_view kResults[] = {"y"};
constexpr int kAliases[] = {0};
constexpr std::string_view kConstraints[] = {
    "C1: the new shape has as many elements as x",
    "C2: only -1, which stands for x's first axis, may be negative, and only in the first place",
};

// The product of the axes but the first if that is a symbol; both sides must agree.
Expected<int64_t> tail_elements(const Shape& shape, size_t first) {
  int64_t count = 1;
  for (size_t i = first; i < shape.size(); ++i) {
    if (shape[i].is_symbol()) return fail_constraint("C1", "a symbolic axis must stay first");
    count *= shape[i].value();
  }
  return count;
}

Expected<std::vector<TensorType>> infer(const ReshapeAttrs& attrs, OperandTypes operands) {
  const TensorType& x = *operands[0];
  TensorType result{x.dtype, {}};
  const bool keeps_first = !attrs.shape.empty() && attrs.shape[0] == -1;
  if (keeps_first && x.shape.empty()) return fail_constraint("C2", "x has no first axis");
  for (size_t i = 0; i < attrs.shape.size(); ++i) {
    if (i == 0 && keeps_first) {
      result.shape.push_back(x.shape[0]);
    } else if (attrs.shape[i] < 0) {
      return fail_constraint("C2", "axis ", i, " of the new shape is negative");
    } else {
      result.shape.push_back(Dim(attrs.shape[i]));
    }
  }
  HONE_TRY(const int64_t before, tail_elements(x.shape, keeps_first));
  HONE_TRY(const int64_t after, tail_elements(result.shape, keeps_first));
  if (before != after) return fail_constraint("C1", before, " elements do not fit ", after);
  return std::vector{result};
}

Cost cost(const ReshapeAttrs&, BoundTypes, BoundTypes) { return {}; }

}  // namespace

const OpDef& reshape_op() {
  using T = Typed<ReshapeAttrs, infer, cost>;
  static const OpDef kDef{.name = "reshape",
                          .summary = "the same elements under another shape",
                          .operands = kOperands,
                          .results = kResults,
                          .constraints = kConstraints,
                          .default_attrs = T::default_attrs,
                          .infer = T::infer,
                          .cost = T::cost,
                          .aliases = kAliases};
  return kDef;
}

}  // namespace hone
