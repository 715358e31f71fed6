#include "ops/define.h"
#include "ops/max_unpool/op.h"
#include "ops/shape_rules.h"

namespace hone {
namespace {

constexpr std::string_view kOperands[] = {"x", "indices", "shape?"};
constexpr std::string_view kResults[] = {"y"};
constexpr std::string_view kConstraints[] = {
    "C1: x is of numbers",
    "C2: indices are i64 in the shape of x",
    "C3: kernel, strides and pads fit x's spatial axes, 1 to 3",
    "C4: shape has as many elements as x axes, none negative",
};
constexpr int64_t kMaxSize = int64_t{1} << 30;

Expected<std::vector<TensorType>> infer(const MaxUnpoolAttrs& attrs, OperandTypes operands) {
  const TensorType &x = *operands[0], &indices = *operands[1];
  if (!is_number(x.dtype)) return fail_constraint("C1", "x is ", name_of(x.dtype));
  bool alike = indices.dtype == DType::i64 && indices.shape.size() == x.shape.size();
  for (size_t i = 0; alike && i < x.shape.size(); ++i) {
    alike = may_equal(x.shape[i], indices.shape[i]);
  }
  if (!alike) return fail_constraint("C2", "they are ", to_text(indices, {}));
  if (x.shape.size() < 3 || x.shape.size() > 5) {
    return fail_constraint("C3", "x has ", x.shape.size(), " axes");
  }
  const std::span<const Dim> spatial = std::span(x.shape).subspan(2);
  const auto axes = window_axes(attrs.window, spatial, attrs.kernel);
  if (!axes) return fail_constraint("C3", axes.error().message);
  TensorType y{x.dtype, {x.shape[0], x.shape[1]}};
  if (operands[2] != nullptr) {
    const auto sizes = known_ints(*operands[2]);
    if (!is_integer(operands[2]->dtype)) return fail_constraint("C4", "it is of no integers");
    if (!sizes) return known_when_run();
    if (sizes->size() != x.shape.size()) {
      return fail_constraint("C4", "it has ", sizes->size(), " elements");
    }
    y.shape.clear();
    for (const int64_t size : *sizes) {
      if (size < 0) return fail_constraint("C4", "a size is ", size);
      y.shape.push_back(Dim(size));
    }
    return std::vector<TensorType>{y};
  }
  for (size_t i = 0; i < spatial.size(); ++i) {
    const WindowAxis& a = (*axes)[i];
    if (!spatial[i].is_symbol() && spatial[i].value() > kMaxSize) {
      return fail_constraint("C3", "x is ", to_text(x, {}));
    }
    y.shape.push_back(map_dim(spatial[i], [&](int64_t size) { return unpooled_size(a, size); }));
  }
  return std::vector<TensorType>{y};
}

}  // namespace

std::vector<int64_t> unpooled_shape(const MaxUnpoolAttrs& attrs, std::span<const int64_t> x_sizes) {
  std::vector<int64_t> shape(x_sizes.begin(), x_sizes.end());
  const Shape spatial(x_sizes.begin() + 2, x_sizes.end());
  const auto axes = window_axes(attrs.window, spatial, attrs.kernel);
  for (size_t i = 2; i < shape.size(); ++i) shape[i] = unpooled_size((*axes)[i - 2], shape[i]);
  return shape;
}

namespace {

Cost cost(const MaxUnpoolAttrs&, BoundTypes operands, BoundTypes results) {
  return elementwise_cost(1, operands, results);
}

}  // namespace

const OpDef& max_unpool_op() {
  using T = Typed<MaxUnpoolAttrs, infer, cost>;
  static const OpDef kDef{.name = "max_unpool",
                          .summary = "elements at given places, zeros elsewhere (ONNX MaxUnpool)",
                          .operands = kOperands,
                          .results = kResults,
                          .constraints = kConstraints,
                          .default_attrs = T::default_attrs,
                          .infer = T::infer,
                          .cost = T::cost,
                          .value_operands = 0b100};
  return kDef;
}

}  // namespace hone
