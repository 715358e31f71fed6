#include "ops/one_hot/op.h"

#include "ops/define.h"
#include "ops/shape_rules.h"

namespace hone {
namespace {

constexpr std::string_view kOperands[] = {"index", "depth", "values"};
constexpr std::string_view kResults[] = {"y"};
constexpr std::string_view kConstraints[] = {
    "C1: index and depth are numbers; what is no index in [-depth, depth) has no place",
    "C2: depth is one number >= 0",
    "C3: values are two plain elements: off and on",
    "C4: the axis is one of y's, which has 8 at most",
};

Expected<std::vector<TensorType>> infer(const OneHotAttrs& attrs, OperandTypes operands) {
  const OperandType &index = *operands[0], &depth = *operands[1], &values = *operands[2];
  if (!is_number(index.dtype) || !is_number(depth.dtype)) {
    return fail_constraint("C1", name_of(index.dtype), " and ", name_of(depth.dtype));
  }
  if (depth.shape.size() > 1) return fail_constraint("C2", "depth has several axes");
  if (!has_plain_elements(values.dtype) || values.shape.size() != 1 ||
      !may_equal(values.shape[0], Dim(2))) {
    return fail_constraint("C3", "values are ", to_text(values, {}));
  }
  const auto axis = find_axis(attrs.axis, index.shape.size() + 1);
  if (!axis || index.shape.size() >= kMaxRank) {
    return fail_constraint("C4", "axis ", attrs.axis, " of ", index.shape.size() + 1);
  }
  Dim size = Dim::unknown();
  if (const auto known = known_doubles(depth)) {
    constexpr double kMost = 1e12;
    if (known->size() != 1 || !(known->front() >= 0 && known->front() < kMost)) {
      return fail_constraint("C2", "depth makes no sense");
    }
    size = Dim(static_cast<int64_t>(known->front()));
  }
  Shape shape = index.shape;
  shape.insert(shape.begin() + static_cast<std::ptrdiff_t>(*axis), size);
  return std::vector<TensorType>{{values.dtype, std::move(shape)}};
}

Cost cost(const OneHotAttrs&, BoundTypes operands, BoundTypes results) {
  return elementwise_cost(0, operands, results);
}

}  // namespace

const OpDef& one_hot_op() {
  using T = Typed<OneHotAttrs, infer, cost>;
  static const OpDef kDef{.name = "one_hot",
                          .summary = "an axis for each index, on where it points (ONNX OneHot)",
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
