#include <algorithm>

#include "frontend/tflite/node_import.h"
#include "ops/conv_transpose/op.h"

namespace hone::tflite {
namespace {

// The size of an axis, or -1 if it is known only when run.
int64_t size_of(NodeImport& n, ir::ValueId x, size_t axis) {
  if (!n.rank(x) || axis >= *n.rank(x)) return -1;
  const Dim dim = n.type(x).tensor.shape[axis];
  return dim.is_symbol() ? -1 : dim.value();
}

// One spatial axis of a result of a given size, padded as the convolution that would undo it.
bool add_axis(ConvTransposeAttrs& attrs, int64_t size, int64_t kernel, int64_t stride, int64_t out,
              schema::Padding padding) {
  if (size < 1 || kernel < 1 || stride < 1 || out < 1) return false;
  if (std::max({size, kernel, stride, out}) > 1 << 24) return false;
  const int64_t full = (size - 1) * stride + kernel;
  const int64_t back = ((out + stride - 1) / stride - 1) * stride + kernel;
  const int64_t begin = padding == schema::Padding::SAME ? std::max<int64_t>(0, back - out) / 2 : 0;
  attrs.window.strides.push_back(stride);
  attrs.window.pads.insert(
      attrs.window.pads.begin() + static_cast<std::ptrdiff_t>(attrs.window.pads.size() / 2), begin);
  attrs.window.pads.push_back(std::max<int64_t>(0, full - begin - out));
  attrs.output_padding.push_back(std::max<int64_t>(0, out + begin - full));
  return true;
}

// The attributes for x and a weight that have channels second, and the result's shape as the file
// has it, which has them last.
ConvTransposeAttrs attrs_for(NodeImport& n, ir::ValueId x, ir::ValueId weight,
                             std::span<const int64_t> strides, schema::Padding padding) {
  ConvTransposeAttrs attrs;
  // Exporters compute the batch, so that the shape is no constant.
  const std::vector<int64_t> out =
      n.constant_ints(n.input(0)).value_or(n.declared_shape().value_or(std::vector<int64_t>{}));
  if (!n.ok()) return attrs;
  if (out.size() != strides.size() + 2) {
    n.unsupported("has a result of unknown size");
    return attrs;
  }
  for (size_t i = 0; i < strides.size(); ++i) {
    if (!add_axis(attrs, size_of(n, x, 2 + i), size_of(n, weight, 2 + i), strides[i], out[1 + i],
                  padding)) {
      n.unsupported("has sizes that do not fit, or are known only when run");
    }
  }
  return attrs;
}

// Inputs are the result's shape, weights [out, height, width, in], x and a bias.
void transpose_conv(NodeImport& n) {
  using Options = schema::TransposeConvOptions;
  const auto options = n.options<Options>();
  const ir::ValueId x = n.to_channels_first(n.real(2));
  const ir::ValueId weight = n.transpose(n.real(1), {3, 0, 1, 2});
  const int64_t strides[] = {options.get(Options::stride_h), options.get(Options::stride_w)};
  const auto attrs =
      attrs_for(n, x, weight, strides, static_cast<schema::Padding>(options.get(Options::padding)));
  const ir::ValueId y = n.add("conv_transpose", {x, weight, n.bias(3, 2, 1)}, attrs);
  const int8_t activation = options.get(Options::fused_activation_function);
  n.output_real(0, n.to_channels_last(n.activate(y, activation)));
}

// The same with a depth; weights are [depth, height, width, out, in].
void conv_3d_transpose(NodeImport& n) {
  using Options = schema::Conv3DOptions;
  const auto options = n.options<Options>();
  const ir::ValueId x = n.transpose(n.real(2), {0, 4, 1, 2, 3});
  const ir::ValueId weight = n.transpose(n.real(1), {4, 3, 0, 1, 2});
  if (options.get(Options::dilation_d_factor) != 1 ||
      options.get(Options::dilation_h_factor) != 1 ||
      options.get(Options::dilation_w_factor) != 1) {
    return n.unsupported("has dilations");
  }
  const int64_t strides[] = {options.get(Options::stride_d), options.get(Options::stride_h),
                             options.get(Options::stride_w)};
  const auto attrs =
      attrs_for(n, x, weight, strides, static_cast<schema::Padding>(options.get(Options::padding)));
  const ir::ValueId y = n.add("conv_transpose", {x, weight, n.bias(3, 2, 1)}, attrs);
  const int8_t activation = options.get(Options::fused_activation_function);
  n.output_real(0, n.transpose(n.activate(y, activation), {0, 2, 3, 4, 1}));
}

// MediaPipe's: inputs are x, weights [out, height, width, in] and a bias. The options are those of
// TfLiteTransposeConvParams as they lie in memory: padding (1 is SAME), stride across, stride down.
// Source: mediapipe/util/tflite/operations/transpose_conv_bias.cc, whose result is this large.
void transpose_conv_bias(NodeImport& n) {
  ByteReader options(n.custom_options());
  const bool same = options.u32() == 1;
  const int64_t across = options.u32(), down = options.u32();
  if (!options.ok()) return n.invalid("its options are too short");
  const ir::ValueId x = n.to_channels_first(n.real(0));
  const ir::ValueId weight = n.transpose(n.real(1), {3, 0, 1, 2});
  ConvTransposeAttrs attrs{.window = {.strides = {down, across}, .pads = {0, 0, 0, 0}}};
  for (size_t i = 0; i < 2 && same && n.ok(); ++i) {
    const int64_t size = size_of(n, x, 2 + i), kernel = size_of(n, weight, 2 + i);
    const int64_t stride = attrs.window.strides[i];
    if (size < 1 || stride < 1) return n.unsupported("has sizes that are known only when run");
    const int64_t pad = std::max<int64_t>(0, kernel - (size - 1) % stride - 1);
    attrs.window.pads[i] = pad / 2;
    attrs.window.pads[2 + i] = pad - pad / 2;
  }
  const ir::ValueId y = n.add("conv_transpose", {x, weight, n.bias(2, 0, 1)}, attrs);
  n.output_real(0, n.to_channels_last(y));
}

}  // namespace

std::span<const TfliteOp> conv_transpose_tflite_ops() {
  static constexpr TfliteOp kOps[] = {
      {BuiltinOperator::TRANSPOSE_CONV, transpose_conv},
      {BuiltinOperator::CONV_3D_TRANSPOSE, conv_3d_transpose},
      {BuiltinOperator::CUSTOM, transpose_conv_bias, "Convolution2DTransposeBias"},
  };
  return kOps;
}

}  // namespace hone::tflite
