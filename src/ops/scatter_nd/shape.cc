#include "ops/define.h"
#include "ops/scatter_nd/op.h"
#include "ops/shape_rules.h"

namespace hone {
namespace {

constexpr std::string_view kOperands[] = {"x", "index", "updates"};
constexpr std::string_view kResults[] = {"y"};
constexpr std::string_view kConstraints[] = {
    "C1: x and updates have one dtype, of plain elements",
    "C2: index is i32 or i64; values lie in [-n, n) of their axis, negative ones count from its "
    "end",
    "C3: index has axes, and the last one is as long as the number of x's axes that it names",
    "C4: updates are a slice of x for each row of index",
};

Expected<std::vector<TensorType>> infer(const ScatterNdAttrs&, OperandTypes operands) {
  const TensorType &x = *operands[0], &index = *operands[1], &updates = *operands[2];
  if (!has_plain_elements(x.dtype) || updates.dtype != x.dtype) {
    return fail_constraint("C1", "x is ", name_of(x.dtype), ", updates ", name_of(updates.dtype));
  }
  if (index.dtype != DType::i32 && index.dtype != DType::i64) {
    return fail_constraint("C2", "the index is ", name_of(index.dtype));
  }
  if (index.shape.empty()) return fail_constraint("C3", "the index has no axis");
  if (last_dim(index).is_symbol()) return std::vector<TensorType>{x};
  const int64_t depth = last_dim(index).value();
  if (depth > std::ssize(x.shape)) {
    return fail_constraint("C3", depth, " indices for ", x.shape.size(), " axes");
  }
  Shape wanted(index.shape.begin(), index.shape.end() - 1);
  wanted.insert(wanted.end(), x.shape.begin() + depth, x.shape.end());
  bool fits = wanted.size() == updates.shape.size();
  for (size_t i = 0; fits && i < wanted.size(); ++i) {
    fits = may_equal(wanted[i], updates.shape[i]);
  }
  if (!fits) {
    return fail_constraint("C4", "they are ", to_text(updates.shape, {}), ", not ",
                           to_text(wanted, {}));
  }
  return std::vector<TensorType>{x};
}

Cost cost(const ScatterNdAttrs&, BoundTypes operands, BoundTypes results) {
  return elementwise_cost(0, operands, results);
}

}  // namespace

const OpDef& scatter_nd_op() {
  using T = Typed<ScatterNdAttrs, infer, cost>;
  static const OpDef kDef{.name = "scatter_nd",
                          .summary = "x with slices updated at rows of indices (ONNX ScatterND)",
                          .operands = kOperands,
                          .results = kResults,
                          .constraints = kConstraints,
                          .default_attrs = T::default_attrs,
                          .infer = T::infer,
                          .cost = T::cost};
  return kDef;
}

}  // namespace hone
