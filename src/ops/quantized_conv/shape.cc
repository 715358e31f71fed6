#include <algorithm>

#include "ops/define.h"
#include "ops/quantized_conv/op.h"
#include "ops/shape_rules.h"

namespace hone {
namespace {

constexpr std::string_view kOperands[] = {"x", "weight", "scale", "bias?"};
constexpr std::string_view kResults[] = {"y"};
constexpr std::string_view kConstraints[] = {
    "C1: x and weight are i8 or u8, and so are their zeros",
    "C2: x is [batch..., spatial..., channels] with 0 to 3 spatial axes; with any, one batch axis",
    "C3: weight is [out_channels, kernel..., channels / groups] of known sizes; groups divide both",
    "C4: scale is f32 or f64 and bias i32, both [out_channels]",
    "C5: strides, dilations and pads fit the spatial axes",
    "C6: y is i8 or u8, and its zero and range are codes of it",
    "C7: an i32 holds the sum of all products for any codes",
};

Expected<std::vector<TensorType>> infer(const QuantizedConvAttrs& attrs, OperandTypes operands) {
  const TensorType &x = *operands[0], &weight = *operands[1], &scale = *operands[2];
  if (!is_code(x.dtype) || !is_code(weight.dtype) || !is_code_of(attrs.x_zero, x.dtype) ||
      !is_code_of(attrs.w_zero, weight.dtype)) {
    return fail_constraint("C1", "x and weight are ", name_of(x.dtype), " and ",
                           name_of(weight.dtype), ", their zeros ", attrs.x_zero, " and ",
                           attrs.w_zero);
  }
  const size_t axes = weight.shape.size(), rank = x.shape.size();
  if (axes < 2 || axes > 5 || (axes == 2 ? rank < 1 : rank != axes)) {
    return fail_constraint("C2", "x has ", rank, " axes, weight ", axes);
  }
  if (!is_static(weight.shape)) return known_when_run();
  const int64_t out = weight.shape[0].value(), in = weight.shape.back().value();
  if (attrs.groups < 1 || out % attrs.groups != 0 ||
      !may_equal(x.shape.back(), Dim(in * attrs.groups))) {
    return fail_constraint("C3", "weight ", to_text(weight.shape, {}), " in ", attrs.groups,
                           " groups does not fit x ", to_text(x.shape, {}));
  }
  auto most = static_cast<double>(farthest_code(x.dtype, attrs.x_zero) *
                                  farthest_code(weight.dtype, attrs.w_zero));
  for (size_t i = 1; i < axes; ++i) most *= static_cast<double>(weight.shape[i].value());
  if (most > INT32_MAX) return fail_constraint("C7", "sums reach ", most);
  const auto is_vector = [&](const TensorType& type, DType dtype) {
    return is_plain(type, dtype, 1) && may_equal(type.shape[0], Dim(out));
  };
  if ((!is_vector(scale, DType::f32) && !is_vector(scale, DType::f64)) ||
      (operands[3] != nullptr && !is_vector(*operands[3], DType::i32))) {
    return fail_constraint("C4", "they must be [", out, "]");
  }
  const auto dtype = attrs.y.dtype();
  if (!dtype) return fail_constraint("C6", "y is ", attrs.y.to, " with zero ", attrs.y.zero);
  TensorType y{*dtype, x.shape};
  y.shape.back() = Dim(out);
  if (axes == 2) return std::vector<TensorType>{y};
  std::vector<int64_t> kernel;
  for (size_t i = 1; i + 1 < axes; ++i) kernel.push_back(weight.shape[i].value());
  const auto windows =
      window_axes(attrs.window, std::span(x.shape).subspan(1, kernel.size()), kernel);
  if (!windows) return fail_constraint("C5", windows.error().message);
  for (size_t i = 0; i < kernel.size(); ++i) {
    y.shape[i + 1] =
        map_dim(x.shape[i + 1], [&](int64_t size) { return (*windows)[i].places(size, false); });
  }
  return std::vector<TensorType>{y};
}

Cost cost(const QuantizedConvAttrs&, BoundTypes operands, BoundTypes results) {
  const auto taps = static_cast<double>(operands[1]->dims.elements()) /
                    static_cast<double>(std::max<int64_t>(1, operands[1]->dims[0]));
  return elementwise_cost(2 * taps, operands, results);
}

}  // namespace

const OpDef& quantized_conv_op() {
  using T = Typed<QuantizedConvAttrs, infer, cost>;
  static const OpDef kDef{
      .name = "quantized_conv",
      .summary = "convolution or matrix product of 8-bit codes to codes, channels last",
      .operands = kOperands,
      .results = kResults,
      .constraints = kConstraints,
      .default_attrs = T::default_attrs,
      .infer = T::infer,
      .cost = T::cost};
  return kDef;
}

}  // namespace hone
