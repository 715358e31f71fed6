#include "ops/define.h"
#include "ops/pool/op.h"
#include "ops/shape_rules.h"

namespace hone {
namespace {

constexpr std::string_view kOperands[] = {"x"};
constexpr std::string_view kResults[] = {"y", "indices*"};
constexpr std::string_view kConstraints[] = {
    "C1: x is of numbers, of floats for average and lp",
    "C2: x is [batch, channels, spatial...] with 1 to 3 spatial axes that are not empty",
    "C3: kernel, strides, dilations and pads fit the spatial axes; p is at least 1",
};

Expected<std::vector<TensorType>> infer(const PoolAttrs& attrs, OperandTypes operands) {
  const TensorType& x = *operands[0];
  const bool fits = attrs.kind == PoolAttrs::Kind::max ? is_number(x.dtype) : is_float(x.dtype);
  if (!fits) return fail_constraint("C1", "x is ", name_of(x.dtype));
  if (x.shape.size() < 3 || x.shape.size() > 5) {
    return fail_constraint("C2", "x has ", x.shape.size(), " axes");
  }
  const std::span<const Dim> spatial = std::span(x.shape).subspan(2);
  for (const Dim& dim : spatial) {
    if (dim == Dim(0)) return fail_constraint("C2", "x is ", to_text(x, {}));
  }
  const auto axes = pool_axes(attrs, spatial);
  if (!axes) return fail_constraint("C3", axes.error().message);
  if (attrs.p < 1) return fail_constraint("C3", "p is ", attrs.p);
  TensorType y{x.dtype, {x.shape[0], x.shape[1]}};
  for (size_t i = 0; i < spatial.size(); ++i) {
    const auto places = [&](int64_t size) { return (*axes)[i].places(size, attrs.ceil); };
    y.shape.push_back(attrs.kernel.empty() ? Dim(1) : map_dim(spatial[i], places));
  }
  std::vector<TensorType> results{y};
  if (attrs.indices) results.push_back({DType::i64, y.shape});
  return results;
}

Cost cost(const PoolAttrs& attrs, BoundTypes operands, BoundTypes results) {
  double taps = 1;
  for (const int64_t size : attrs.kernel) taps *= static_cast<double>(size);
  return elementwise_cost(taps, operands, results);
}

}  // namespace

const OpDef& pool_op() {
  using T = Typed<PoolAttrs, infer, cost>;
  static const OpDef kDef{
      .name = "pool",
      .summary = "the largest, mean or p-norm in a window (ONNX MaxPool, AveragePool, LpPool)",
      .operands = kOperands,
      .results = kResults,
      .constraints = kConstraints,
      .default_attrs = T::default_attrs,
      .infer = T::infer,
      .cost = T::cost};
  return kDef;
}

}  // namespace hone
