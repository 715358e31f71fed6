#include "ops/define.h"
#include "ops/deform_conv/op.h"
#include "ops/shape_rules.h"

namespace hone {
namespace {

constexpr std::string_view kOperands[] = {"x", "weight", "offset", "bias?", "mask?"};
constexpr std::string_view kResults[] = {"y"};
constexpr std::string_view kConstraints[] = {
    "C1: all operands are floats of one dtype",
    "C2: x is [batch, channels, height, width]",
    "C3: weight is [out_channels, channels / groups, kernel...] of known sizes; groups divide both",
    "C4: bias is [out_channels]",
    "C5: strides, dilations and pads fit two axes",
    "C6: offset is [batch, 2 offset_groups taps, places...], mask [batch, offset_groups taps, "
    "places...]; offset_groups divide the channels",
};

bool fits(const OperandType* operand, const Shape& shape) {
  if (operand == nullptr) return true;
  bool same = operand->shape.size() == shape.size();
  for (size_t i = 0; same && i < shape.size(); ++i) same = may_equal(operand->shape[i], shape[i]);
  return same;
}

Expected<std::vector<TensorType>> infer(const DeformConvAttrs& attrs, OperandTypes operands) {
  const TensorType &x = *operands[0], &weight = *operands[1];
  for (const OperandType* operand : operands) {
    if (operand != nullptr && (operand->dtype != x.dtype || !is_float(x.dtype))) {
      return fail_constraint("C1", "one is ", name_of(operand->dtype));
    }
  }
  if (x.shape.size() != 4) return fail_constraint("C2", "x is ", to_text(x, {}));
  if (weight.shape.size() != 4 || attrs.groups < 1) {
    return fail_constraint("C3", "weight is ", to_text(weight, {}));
  }
  if (!is_static(weight.shape)) return known_when_run();
  const int64_t out = weight.shape[0].value(), in = weight.shape[1].value() * attrs.groups;
  if (out % attrs.groups != 0 || !may_equal(x.shape[1], Dim(in))) {
    return fail_constraint("C3", "weight ", to_text(weight, {}), " in ", attrs.groups,
                           " groups does not fit x ", to_text(x, {}));
  }
  if (!fits(operands[3], {Dim(out)})) return fail_constraint("C4", "bias must be [", out, "]");
  const std::vector<int64_t> kernel{weight.shape[2].value(), weight.shape[3].value()};
  const auto axes = window_axes(attrs.window, std::span(x.shape).subspan(2), kernel);
  if (!axes) return fail_constraint("C5", axes.error().message);
  TensorType y{x.dtype, {x.shape[0], Dim(out)}};
  for (size_t i = 0; i < 2; ++i) {
    y.shape.push_back(
        map_dim(x.shape[i + 2], [&](int64_t size) { return (*axes)[i].places(size, false); }));
  }
  const int64_t taps = kernel[0] * kernel[1] * attrs.offset_groups;
  const Shape mask{x.shape[0], Dim(taps), y.shape[2], y.shape[3]};
  const Shape offset{x.shape[0], Dim(2 * taps), y.shape[2], y.shape[3]};
  if (attrs.offset_groups < 1 || in % attrs.offset_groups != 0 || !fits(operands[2], offset) ||
      !fits(operands[4], mask)) {
    return fail_constraint("C6", "offset is ", to_text(*operands[2], {}));
  }
  return std::vector<TensorType>{y};
}

Cost cost(const DeformConvAttrs&, BoundTypes operands, BoundTypes results) {
  const auto& weight = operands[1]->dims;
  const auto taps = static_cast<double>(weight[1] * weight[2] * weight[3]);
  return elementwise_cost(2 * taps, operands, results);
}

}  // namespace

const OpDef& deform_conv_op() {
  using T = Typed<DeformConvAttrs, infer, cost>;
  static const OpDef kDef{.name = "deform_conv",
                          .summary = "convolution with computed offsets (ONNX DeformConv)",
                          .operands = kOperands,
                          .results = kResults,
                          .constraints = kConstraints,
                          .default_attrs = T::default_attrs,
                          .infer = T::infer,
                          .cost = T::cost};
  return kDef;
}

}  // namespace hone
