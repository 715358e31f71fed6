#include <algorithm>

#include "ops/conv_integer/op.h"
#include "ops/define.h"
#include "ops/shape_rules.h"

namespace hone {
namespace {

constexpr std::string_view kOperands[] = {"x", "weight", "x_zero?", "weight_zero?", "bias?"};
constexpr std::string_view kResults[] = {"y"};
constexpr std::string_view kConstraints[] = {
    "C1: x and weight are i8 or u8, each with its zero points; bias is i32",
    "C2: x is [batch, channels, spatial...] with 1 to 3 spatial axes",
    "C3: weight is [out_channels, channels / groups, kernel...] of known sizes; groups divide both",
    "C4: x_zero is one number; weight_zero is one number or [out_channels]; bias is [out_channels]",
    "C5: strides, dilations and pads fit the spatial axes",
};

bool is_code(DType dtype) { return dtype == DType::i8 || dtype == DType::u8; }

bool is_one(const Shape& shape) {
  return shape.empty() || (shape.size() == 1 && may_equal(shape[0], Dim(1)));
}

Status check_dtypes(OperandTypes operands) {
  const TensorType &x = *operands[0], &weight = *operands[1];
  if (!is_code(x.dtype) || !is_code(weight.dtype) ||
      (operands[2] != nullptr && operands[2]->dtype != x.dtype) ||
      (operands[3] != nullptr && operands[3]->dtype != weight.dtype) ||
      (operands[4] != nullptr && operands[4]->dtype != DType::i32)) {
    return fail_constraint("C1", "x and weight are ", name_of(x.dtype), " and ",
                           name_of(weight.dtype));
  }
  return {};
}

Status check_channels(OperandTypes operands, int64_t out) {
  const auto fits = [&](const TensorType* type) {
    return type == nullptr || (type->shape.size() == 1 && may_equal(type->shape[0], Dim(out)));
  };
  const TensorType *x_zero = operands[2], *weight_zero = operands[3];
  if ((x_zero != nullptr && !is_one(x_zero->shape)) ||
      (!fits(weight_zero) && !is_one(weight_zero->shape)) || !fits(operands[4])) {
    return fail_constraint("C4", "zero points or bias do not fit ", out, " channels");
  }
  return {};
}

Expected<std::vector<TensorType>> infer(const ConvIntegerAttrs& attrs, OperandTypes operands) {
  const TensorType &x = *operands[0], &weight = *operands[1];
  HONE_RETURN_IF_ERROR(check_dtypes(operands));
  const size_t rank = x.shape.size();
  if (rank < 3 || rank > 5) return fail_constraint("C2", "x has ", rank, " axes");
  if (weight.shape.size() != rank || attrs.groups < 1) {
    return fail_constraint("C3", "weight has ", weight.shape.size(), " axes, x ", rank);
  }
  if (!is_static(weight.shape)) return known_when_run();
  const int64_t out = weight.shape[0].value(), in = weight.shape[1].value();
  int64_t channels = 0;
  if (__builtin_mul_overflow(in, attrs.groups, &channels) || out % attrs.groups != 0 ||
      !may_equal(x.shape[1], Dim(channels))) {
    return fail_constraint("C3", "weight ", to_text(weight.shape, {}), " in ", attrs.groups,
                           " groups does not fit x ", to_text(x.shape, {}));
  }
  HONE_RETURN_IF_ERROR(check_channels(operands, out));
  std::vector<int64_t> kernel;
  for (size_t i = 2; i < rank; ++i) kernel.push_back(weight.shape[i].value());
  const auto axes = window_axes(attrs.window, std::span(x.shape).subspan(2), kernel);
  if (!axes) return fail_constraint("C5", axes.error().message);
  TensorType y{DType::i32, {x.shape[0], Dim(out)}};
  for (size_t i = 0; i < kernel.size(); ++i) {
    y.shape.push_back(
        map_dim(x.shape[i + 2], [&](int64_t size) { return (*axes)[i].places(size, false); }));
  }
  return std::vector<TensorType>{y};
}

Cost cost(const ConvIntegerAttrs&, BoundTypes operands, BoundTypes results) {
  const auto taps = static_cast<double>(operands[1]->dims.elements()) /
                    static_cast<double>(std::max<int64_t>(1, operands[1]->dims[0]));
  return elementwise_cost(2 * taps, operands, results);
}

}  // namespace

const OpDef& conv_integer_op() {
  using T = Typed<ConvIntegerAttrs, infer, cost>;
  static const OpDef kDef{
      .name = "conv_integer",
      .summary = "convolution of 8-bit codes less zero points, in 32 bits (ONNX ConvInteger)",
      .operands = kOperands,
      .results = kResults,
      .constraints = kConstraints,
      .default_attrs = T::default_attrs,
      .infer = T::infer,
      .cost = T::cost};
  return kDef;
}

}  // namespace hone
