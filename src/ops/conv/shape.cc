#include <algorithm>

#include "ops/conv/op.h"
#include "ops/define.h"
#include "ops/shape_rules.h"

namespace hone {
namespace {

constexpr std::string_view kOperands[] = {"x", "weight", "bias?", "residual?", "slope?"};
constexpr std::string_view kResults[] = {"y"};
constexpr std::string_view kConstraints[] = {
    "C1: x, weight and bias are floats of one dtype",
    "C2: x is [batch, channels, spatial...] with 1 to 3 spatial axes",
    "C3: weight is [out_channels, channels / groups, kernel...] of known sizes; groups divide both",
    "C4: bias is [out_channels]",
    "C5: strides, dilations and pads fit the spatial axes",
    "C6: residual is of y's dtype and shape",
    "C7: slope is of y's dtype and [out_channels], and the activation is leaky",
};

Expected<std::vector<TensorType>> infer(const ConvAttrs& attrs, OperandTypes operands) {
  const TensorType &x = *operands[0], &weight = *operands[1];
  const TensorType* bias = operands[2];
  if (!is_float(x.dtype) || weight.dtype != x.dtype ||
      (bias != nullptr && bias->dtype != x.dtype)) {
    return fail_constraint("C1", "x and weight are ", name_of(x.dtype), " and ",
                           name_of(weight.dtype));
  }
  const size_t rank = x.shape.size();
  if (rank < 3 || rank > 5) return fail_constraint("C2", "x has ", rank, " axes");
  if (weight.shape.size() != rank || attrs.groups < 1) {
    return fail_constraint("C3", "weight has ", weight.shape.size(), " axes, x ", rank);
  }
  if (!is_static(weight.shape)) return known_when_run();
  const int64_t out = weight.shape[0].value(), in = weight.shape[1].value();
  if (out % attrs.groups != 0 || !may_equal(x.shape[1], Dim(in * attrs.groups))) {
    return fail_constraint("C3", "weight ", to_text(weight.shape, {}), " in ", attrs.groups,
                           " groups does not fit x ", to_text(x.shape, {}));
  }
  if (bias != nullptr && (bias->shape.size() != 1 || !may_equal(bias->shape[0], Dim(out)))) {
    return fail_constraint("C4", "bias must be [", out, "]");
  }
  std::vector<int64_t> kernel;
  for (size_t i = 2; i < rank; ++i) kernel.push_back(weight.shape[i].value());
  const auto axes = window_axes(attrs.window, std::span(x.shape).subspan(2), kernel);
  if (!axes) return fail_constraint("C5", axes.error().message);
  TensorType y{x.dtype, {x.shape[0], Dim(out)}};
  for (size_t i = 0; i < kernel.size(); ++i) {
    y.shape.push_back(
        map_dim(x.shape[i + 2], [&](int64_t size) { return (*axes)[i].places(size, false); }));
  }
  if (operands[3] != nullptr) {
    const TensorType& residual = *operands[3];
    bool fits = residual.dtype == y.dtype && residual.shape.size() == y.shape.size();
    for (size_t i = 0; fits && i < y.shape.size(); ++i) {
      fits = may_equal(residual.shape[i], y.shape[i]);
    }
    if (!fits) return fail_constraint("C6", "y is ", to_text(y, {}));
  }
  if (const TensorType* slope = operands[4]; slope != nullptr) {
    const bool fits = is_plain(*slope, y.dtype, 1) && may_equal(slope->shape[0], Dim(out));
    if (!fits || attrs.epilogue.activation != Activation::leaky) {
      return fail_constraint("C7", "slope must be [", out, "]");
    }
  }
  return std::vector<TensorType>{y};
}

Cost cost(const ConvAttrs&, BoundTypes operands, BoundTypes results) {
  const auto taps = static_cast<double>(operands[1]->dims.elements()) /
                    static_cast<double>(std::max<int64_t>(1, operands[1]->dims[0]));
  return elementwise_cost(2 * taps, operands, results);
}

}  // namespace

const OpDef& conv_op() {
  using T = Typed<ConvAttrs, infer, cost>;
  static const OpDef kDef{
      .name = "conv",
      .summary = "convolution, channels second (ONNX Conv), then residual and activation",
      .operands = kOperands,
      .results = kResults,
      .constraints = kConstraints,
      .default_attrs = T::default_attrs,
      .infer = T::infer,
      .cost = T::cost,
      .in_place = 0b1000};
  return kDef;
}

}  // namespace hone
