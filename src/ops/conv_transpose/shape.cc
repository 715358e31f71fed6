#include <algorithm>

#include "ops/conv_transpose/op.h"
#include "ops/define.h"
#include "ops/shape_rules.h"

namespace hone {
namespace {

constexpr std::string_view kOperands[] = {"x", "weight", "bias?"};
constexpr std::string_view kResults[] = {"y"};
constexpr std::string_view kConstraints[] = {
    "C1: x, weight and bias are floats of one dtype",
    "C2: x is [batch, channels, spatial...] with 1 to 3 spatial axes",
    "C3: weight is [channels, out_channels / groups, kernel...] of known sizes; groups divide both",
    "C4: bias is [out_channels]",
    "C5: strides, dilations, pads, output_padding and output_shape fit the spatial axes",
};
constexpr int64_t kMaxSize = int64_t{1} << 30;

// The padding of both sides that makes `out` places, where it does not stand in the attributes.
int64_t begin_of(WindowAttrs::Pad pad, int64_t full, int64_t out) {
  const int64_t total = std::max<int64_t>(0, full - out);
  return pad == WindowAttrs::Pad::same_upper ? total / 2 : total - total / 2;
}

}  // namespace

Expected<std::vector<TransposeAxis>> transpose_axes(const ConvTransposeAttrs& attrs,
                                                    std::span<const Dim> sizes,
                                                    std::span<const int64_t> kernel) {
  using Pad = WindowAttrs::Pad;
  // Padding by SAME follows from the result here; strides, dilations and pads are checked alike.
  WindowAttrs given = attrs.window;
  given.pad = Pad::given;
  HONE_TRY(const std::vector<WindowAxis> windows, window_axes(given, sizes, kernel));
  const auto fits = [&](const std::vector<int64_t>& values) {
    return values.empty() || values.size() == kernel.size();
  };
  if (!fits(attrs.output_padding) || !fits(attrs.output_shape)) {
    return fail(Code::invalid_argument, "output_padding and output_shape must name ", kernel.size(),
                " axes");
  }
  std::vector<TransposeAxis> axes;
  for (size_t i = 0; i < kernel.size(); ++i) {
    const WindowAxis& w = windows[i];
    const int64_t size = sizes[i].value();
    const int64_t extra = attrs.output_padding.empty() ? 0 : attrs.output_padding[i];
    if (extra < 0 || extra > kMaxSize || size > kMaxSize) {
      return fail(Code::invalid_argument, "a size or output_padding is out of range");
    }
    const int64_t full = (size - 1) * w.stride + extra + (w.kernel - 1) * w.dilation + 1;
    TransposeAxis axis{w.kernel, w.stride, w.dilation, w.begin, full - w.begin - w.end};
    const bool same = attrs.window.pad == Pad::same_upper || attrs.window.pad == Pad::same_lower;
    if (attrs.window.pad == Pad::valid) axis.begin = 0, axis.out = full;
    if (!attrs.output_shape.empty() || same) {
      axis.out = attrs.output_shape.empty() ? size * w.stride : attrs.output_shape[i];
      axis.begin = begin_of(attrs.window.pad, full, axis.out);
    }
    axis.out = size == 0 ? 0 : std::max<int64_t>(0, axis.out);
    axes.push_back(axis);
  }
  return axes;
}

namespace {

Expected<std::vector<TensorType>> infer(const ConvTransposeAttrs& attrs, OperandTypes operands) {
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
  const int64_t in = weight.shape[0].value();
  int64_t out = 0;
  if (in % attrs.groups != 0 || !may_equal(x.shape[1], Dim(in)) ||
      __builtin_mul_overflow(weight.shape[1].value(), attrs.groups, &out)) {
    return fail_constraint("C3", "weight ", to_text(weight.shape, {}), " in ", attrs.groups,
                           " groups does not fit x ", to_text(x.shape, {}));
  }
  if (bias != nullptr && (bias->shape.size() != 1 || !may_equal(bias->shape[0], Dim(out)))) {
    return fail_constraint("C4", "bias must be [", out, "]");
  }
  std::vector<int64_t> kernel;
  for (size_t i = 2; i < rank; ++i) kernel.push_back(weight.shape[i].value());
  TensorType y{x.dtype, {x.shape[0], Dim(out)}};
  for (size_t i = 2; i < rank; ++i) {
    if (x.shape[i].is_symbol()) {
      y.shape.resize(rank, Dim::unknown());
      return std::vector<TensorType>{y};
    }
  }
  const auto axes = transpose_axes(attrs, std::span(x.shape).subspan(2), kernel);
  if (!axes) return fail_constraint("C5", axes.error().message);
  for (const TransposeAxis& axis : *axes) y.shape.push_back(Dim(axis.out));
  return std::vector<TensorType>{y};
}

Cost cost(const ConvTransposeAttrs&, BoundTypes operands, BoundTypes results) {
  const auto& weight = operands[1]->dims;
  const double taps =
      static_cast<double>(weight.elements()) / static_cast<double>(std::max<int64_t>(1, weight[0]));
  Cost total = elementwise_cost(0, operands, results);
  total.flops = 2 * taps * static_cast<double>(operands[0]->dims.elements());
  return total;
}

}  // namespace

const OpDef& conv_transpose_op() {
  using T = Typed<ConvTransposeAttrs, infer, cost>;
  static const OpDef kDef{.name = "conv_transpose",
                          .summary = "transposed convolution (ONNX ConvTranspose)",
                          .operands = kOperands,
                          .results = kResults,
                          .constraints = kConstraints,
                          .default_attrs = T::default_attrs,
                          .infer = T::infer,
                          .cost = T::cost};
  return kDef;
}

}  // namespace hone
