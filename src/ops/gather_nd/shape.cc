#include "ops/gather_nd/op.h"

#include "ops/define.h"
#include "ops/shape_rules.h"

namespace hone {
namespace {

constexpr std::string_view kOperands[] = {"x", "index"};
constexpr std::string_view kResults[] = {"y"};
constexpr std::string_view kConstraints[] = {
    "C1: x has plain elements",
    "C2: index is i32 or i64; values lie in [-n, n) of their axis, negative ones count from its "
    "end",
    "C3: batch axes come before the last of index and are alike in both",
    "C4: the last axis of index is as long as the number of x's axes that it names",
    "C5: the result has 8 axes at most",
};

Expected<std::vector<TensorType>> infer(const GatherNdAttrs& attrs, OperandTypes operands) {
  const TensorType &x = *operands[0], &index = *operands[1];
  if (!has_plain_elements(x.dtype)) return fail_constraint("C1", "x is ", name_of(x.dtype));
  if (index.dtype != DType::i32 && index.dtype != DType::i64) {
    return fail_constraint("C2", "the index is ", name_of(index.dtype));
  }
  const auto rank = std::ssize(x.shape), index_rank = std::ssize(index.shape);
  if (attrs.batch_axes < 0 || attrs.batch_axes >= index_rank || attrs.batch_axes > rank) {
    return fail_constraint("C3", attrs.batch_axes, " batch axes of ", rank, " and ", index_rank);
  }
  const auto batch = static_cast<size_t>(attrs.batch_axes);
  for (size_t i = 0; i < batch; ++i) {
    if (!may_equal(x.shape[i], index.shape[i])) {
      return fail_constraint("C3", "axis ", i, " has sizes ", x.shape[i].value(), " and ",
                             index.shape[i].value());
    }
  }
  if (last_dim(index).is_symbol()) return known_when_run();
  const int64_t depth = last_dim(index).value();
  if (depth > rank - attrs.batch_axes) {
    return fail_constraint("C4", depth, " indices for ", rank - attrs.batch_axes, " axes");
  }
  Shape shape(index.shape.begin(), index.shape.end() - 1);
  shape.insert(shape.end(), x.shape.begin() + attrs.batch_axes + depth, x.shape.end());
  if (shape.size() > kMaxRank) return fail_constraint("C5", "it has ", shape.size());
  return std::vector<TensorType>{{x.dtype, std::move(shape)}};
}

Cost cost(const GatherNdAttrs&, BoundTypes operands, BoundTypes results) {
  Cost cost;
  cost.bytes = 2 * bytes_of(*results[0]) + bytes_of(*operands[1]);
  return cost;
}

}  // namespace

const OpDef& gather_nd_op() {
  using T = Typed<GatherNdAttrs, infer, cost>;
  static const OpDef kDef{.name = "gather_nd",
                          .summary = "slices of x at rows of indices (ONNX GatherND)",
                          .operands = kOperands,
                          .results = kResults,
                          .constraints = kConstraints,
                          .default_attrs = T::default_attrs,
                          .infer = T::infer,
                          .cost = T::cost};
  return kDef;
}

}  // namespace hone
