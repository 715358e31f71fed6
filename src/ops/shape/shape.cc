#include <algorithm>

#include "ops/define.h"
#include "ops/shape/op.h"

namespace hone {
namespace {

constexpr std::string_view kOperands[] = {"x"};
constexpr std::string_view kResults[] = {"sizes"};

Expected<std::vector<TensorType>> infer(const ShapeAttrs& attrs, OperandTypes operands) {
  if (attrs.count) return std::vector<TensorType>{{DType::i64, {}}};
  const auto [first, last] = range_of(attrs, static_cast<int64_t>(operands[0]->shape.size()));
  return std::vector<TensorType>{{DType::i64, {Dim(last - first)}}};
}

Cost cost(const ShapeAttrs&, BoundTypes, BoundTypes) { return {}; }

}  // namespace

AxisRange range_of(const ShapeAttrs& attrs, int64_t rank) {
  const auto clamp = [&](int64_t axis) {
    return std::clamp<int64_t>(axis < 0 ? axis + rank : axis, 0, rank);
  };
  const int64_t first = clamp(attrs.start), last = clamp(attrs.end);
  return {first, std::max(first, last)};
}

const OpDef& shape_op() {
  using T = Typed<ShapeAttrs, infer, cost>;
  static const OpDef kDef{.name = "shape",
                          .summary = "the sizes of x's axes, as i64 (ONNX Shape, Size)",
                          .operands = kOperands,
                          .results = kResults,
                          .constraints = {},
                          .default_attrs = T::default_attrs,
                          .infer = T::infer,
                          .cost = T::cost,
                          .runs = Runs::at_bind};
  return kDef;
}

}  // namespace hone
