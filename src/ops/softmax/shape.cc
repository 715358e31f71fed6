#include "ops/define.h"
#include "ops/shape_rules.h"
#include "ops/softmax/op.h"

namespace hone {
namespace {

constexpr std::string_view kOperands[] = {"x"};
constexpr std::string_view kResults[] = {"y"};
constexpr std::string_view kConstraints[] = {
    "C1: x holds floats",
    "C2: the axis lies inside x's rank; one behind the last if it reaches to the end",
};

// to_end may begin behind the last axis: rows of one element.
bool fits(const SoftmaxAttrs& attrs, size_t rank) {
  return find_axis(attrs.axis, rank) || (attrs.to_end && attrs.axis == static_cast<int64_t>(rank));
}

Expected<std::vector<TensorType>> infer(const SoftmaxAttrs& attrs, OperandTypes operands) {
  const TensorType& x = *operands[0];
  if (!is_float(x.dtype)) return fail_constraint("C1", "x is ", name_of(x.dtype));
  if (!fits(attrs, x.shape.size())) {
    return fail_constraint("C2", "axis ", attrs.axis, " of ", x.shape.size(), " axes");
  }
  return std::vector<TensorType>{x};
}

Cost cost(const SoftmaxAttrs&, BoundTypes operands, BoundTypes results) {
  return elementwise_cost(12, operands, results);
}

}  // namespace

SoftmaxSizes softmax_sizes(const SoftmaxAttrs& attrs, std::span<const int64_t> sizes) {
  const auto found = find_axis(attrs.axis, sizes.size());
  const size_t axis = found ? *found : sizes.size();
  SoftmaxSizes all;
  for (size_t i = 0; i < sizes.size(); ++i) {
    if (i < axis) {
      all.outer *= sizes[i];
    } else {
      (i == axis || attrs.to_end ? all.size : all.inner) *= sizes[i];
    }
  }
  return all;
}

const OpDef& softmax_op() {
  using T = Typed<SoftmaxAttrs, infer, cost>;
  static const OpDef kDef{.name = "softmax",
                          .summary = "e^x as shares of their sum along an axis (ONNX Softmax)",
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
