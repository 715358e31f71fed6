#include "frontend/tflite/node_import.h"
#include "frontend/tflite/window_import.h"
#include "ops/conv/op.h"

namespace hone::tflite {
namespace {

void emit(NodeImport& n, const std::vector<int64_t>& weight_perm, WindowAttrs window,
          int8_t activation, int64_t groups) {
  const ir::ValueId x = n.to_channels_first(n.real(0));
  const ir::ValueId weight = n.transpose(n.real(1), weight_perm);
  const ConvAttrs attrs{.window = std::move(window), .groups = groups};
  const ir::ValueId y = n.add("conv", {x, weight, n.bias(2, 0, 1)}, attrs);
  n.output_real(0, n.to_channels_last(n.activate(y, activation)));
}

// The channels of input i, its last axis; 0 and an error if they are not known.
int64_t channels(NodeImport& n, size_t i) {
  const Type& type = n.type(n.input(i));
  if (n.ok() && type.is_tensor() && type.tensor.shape.size() == 4 &&
      !type.tensor.shape[3].is_symbol() && type.tensor.shape[3].value() > 0) {
    return type.tensor.shape[3].value();
  }
  n.unsupported("its input ", i, " is not [batch, height, width, channels] with known channels");
  return 0;
}

// Weights are [out, height, width, in / groups].
void conv_2d(NodeImport& n) {
  const auto options = n.options<schema::Conv2DOptions>();
  const int64_t in = channels(n, 0), a_group = channels(n, 1);
  if (!n.ok()) return;
  if (in % a_group != 0) return n.invalid("its weights take ", a_group, " of ", in, " channels");
  emit(n, {0, 3, 1, 2}, window_attrs<schema::Conv2DOptions, Dilated::yes>(options),
       options.get(schema::Conv2DOptions::fused_activation_function), in / a_group);
}

// Weights are [1, height, width, in * multiplier].
void depthwise_conv_2d(NodeImport& n) {
  const auto options = n.options<schema::DepthwiseConv2DOptions>();
  const int64_t in = channels(n, 0), out = channels(n, 1);
  if (!n.ok()) return;
  if (out % in != 0) return n.invalid("makes ", out, " channels of ", in);
  emit(n, {3, 0, 1, 2}, window_attrs<schema::DepthwiseConv2DOptions, Dilated::yes>(options),
       options.get(schema::DepthwiseConv2DOptions::fused_activation_function), in);
}

// x is [batch, depth, height, width, in], weights [depth, height, width, in, out].
void conv_3d(NodeImport& n) {
  using Options = schema::Conv3DOptions;
  const auto options = n.options<Options>();
  const ConvAttrs attrs{
      .window = {.strides = {options.get(Options::stride_d), options.get(Options::stride_h),
                             options.get(Options::stride_w)},
                 .dilations = {options.get(Options::dilation_d_factor),
                               options.get(Options::dilation_h_factor),
                               options.get(Options::dilation_w_factor)},
                 .pad = pad_of(options.get(Options::padding))}};
  const ir::ValueId x = n.transpose(n.real(0), {0, 4, 1, 2, 3});
  const ir::ValueId weight = n.transpose(n.real(1), {4, 3, 0, 1, 2});
  const ir::ValueId y = n.add("conv", {x, weight, n.bias(2, 0, 1)}, attrs);
  const int8_t activation = options.get(Options::fused_activation_function);
  n.output_real(0, n.transpose(n.activate(y, activation), {0, 2, 3, 4, 1}));
}

}  // namespace

std::span<const TfliteOp> conv_tflite_ops() {
  static constexpr TfliteOp kOps[] = {
      {BuiltinOperator::CONV_2D, conv_2d},
      {BuiltinOperator::DEPTHWISE_CONV_2D, depthwise_conv_2d},
      {BuiltinOperator::CONV_3D, conv_3d},
  };
  return kOps;
}

}  // namespace hone::tflite
