#include <algorithm>

#include "frontend/tflite/node_import.h"
#include "ops/conv_transpose/op.h"

namespace hone::tflite {
namespace {

// The size of an axis, or -1 if it is known only when run.
int64_t size_of(NodeImport& n, ir::ValueId x, size_t axis) {
  if (n.rank(x) != 4u) return -1;
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

// Inputs are the result's shape, weights [out, height, width, in], x and a bias.
void transpose_conv(NodeImport& n) {
  using Options = schema::TransposeConvOptions;
  const auto options = n.options<Options>();
  // Exporters compute the batch, so that the shape is no constant.
  const std::vector<int64_t> out =
      n.constant_ints(n.input(0)).value_or(n.declared_shape().value_or(std::vector<int64_t>{}));
  const ir::ValueId x = n.to_channels_first(n.real(2));
  const ir::ValueId weight = n.transpose(n.real(1), {3, 0, 1, 2});
  if (!n.ok()) return;
  if (out.size() != 4) return n.unsupported("has a result of unknown size");
  const auto padding = static_cast<schema::Padding>(options.get(Options::padding));
  const int64_t strides[] = {options.get(Options::stride_h), options.get(Options::stride_w)};
  ConvTransposeAttrs attrs;
  for (size_t i = 0; i < 2; ++i) {
    if (!add_axis(attrs, size_of(n, x, 2 + i), size_of(n, weight, 2 + i), strides[i], out[1 + i],
                  padding)) {
      return n.unsupported("has sizes that do not fit, or are known only when run");
    }
  }
  const ir::ValueId y = n.add("conv_transpose", {x, weight, n.bias(3, 2, 1)}, attrs);
  const int8_t activation = options.get(Options::fused_activation_function);
  n.output_real(0, n.to_channels_last(n.activate(y, activation)));
}

}  // namespace

std::span<const TfliteOp> conv_transpose_tflite_ops() {
  static constexpr TfliteOp kOps[] = {
      {BuiltinOperator::TRANSPOSE_CONV, transpose_conv},
  };
  return kOps;
}

}  // namespace hone::tflite
