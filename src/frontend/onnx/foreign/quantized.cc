// Operators on 8-bit codes: integer products, then one rounding to the result's codes.
#include "frontend/onnx/foreign/parts.h"
#include "frontend/onnx/node_import.h"
#include "frontend/onnx/window_import.h"
#include "ops/cast/op.h"
#include "ops/conv/op.h"
#include "ops/conv_integer/op.h"
#include "ops/expand/op.h"
#include "ops/quantize/op.h"

namespace hone::onnx {
namespace {

ir::ValueId as_f32(NodeImport& n, ir::ValueId x) {
  return n.dtype(x) == DType::f32 ? x : n.add("cast", {x}, CastAttrs{"f32"});
}

// A zero point for each of the weights' channels, as quantize wants them beside scales.
ir::ValueId one_a_channel(NodeImport& n, ir::ValueId zero, ir::ValueId scale) {
  const Dim channels = n.type(scale).tensor.shape[0];
  if (!channels.is_symbol()) return n.add("expand", {zero}, ExpandAttrs{{channels.value()}});
  n.unsupported("has weights whose number of scales is not known");
  return {};
}

// Sums in units of a_scale * b_scale become codes in units of y_scale.
ir::ValueId requantize(NodeImport& n, ir::ValueId sums, ir::ValueId a_scale, ir::ValueId b_scale,
                       ir::ValueId y_scale, ir::ValueId y_zero, int64_t axis) {
  const ir::ValueId unit = binary(n, BinaryKind::mul, as_f32(n, a_scale), as_f32(n, b_scale));
  const ir::ValueId scale = binary(n, BinaryKind::div, as_f32(n, y_scale), unit);
  if (n.ok() && n.rank(scale) == 1 && n.rank(y_zero) == 0) y_zero = one_a_channel(n, y_zero, scale);
  return n.add("quantize", {sums, scale, y_zero}, QuantizeAttrs{.axis = axis});
}

// Whether the scales and zero points from input `first` on, two by two, are constants: then the
// float operator between dequantize and quantize says the same, and fold_quantized makes one op of
// it.
bool has_constant_grids(NodeImport& n, std::initializer_list<size_t> scales) {
  for (const size_t i : scales) {
    if (!n.constant_floats(n.input(i))) return false;
    if (n.has_input(i + 1) && !n.constant_ints(n.input(i + 1))) return false;
  }
  return true;
}

// A bias that counts in units of a_scale * b_scale.
ir::ValueId real_bias(NodeImport& n, size_t bias, size_t a_scale, size_t b_scale) {
  if (!n.has_input(bias)) return {};
  std::vector<float> scales = *n.constant_floats(n.input(b_scale));
  for (float& scale : scales) scale *= n.constant_floats(n.input(a_scale))->front();
  return n.add("dequantize", {n.input(bias), n.constant(scales), {}}, DequantizeAttrs{.axis = 0});
}

void matmul_integer(NodeImport& n) {
  n.output(0, n.add("matmul_integer", {n.input(0), n.input(1), n.input(2), n.input(3)}));
}

void qlinear_matmul(NodeImport& n) {
  if (has_constant_grids(n, {1, 4, 6})) {
    const ir::ValueId y = n.add("batch_matmul", {real(n, 0), real(n, 3, -1), {}});
    return n.output(0, n.add("quantize", {y, n.input(6), n.input(7)}));
  }
  const ir::ValueId sums =
      n.add("matmul_integer", {n.input(0), n.input(3), n.input(2), n.input(5)});
  n.output(0, requantize(n, sums, n.input(1), n.input(4), n.input(6), n.input(7), -1));
}

ConvIntegerAttrs conv_attrs(NodeImport& n) {
  return {.window = window_attrs(n), .groups = n.attr("group", int64_t{1})};
}

void conv_integer(NodeImport& n) {
  n.output(0, n.add("conv_integer", {n.input(0), n.input(1), n.input(2), n.input(3), {}},
                    conv_attrs(n)));
}

void qlinear_conv(NodeImport& n) {
  if (n.attr("channels_last", int64_t{0}) != 0) return n.unsupported("takes channels last");
  if (has_constant_grids(n, {1, 4, 6})) {
    const ConvAttrs attrs{.window = window_attrs(n), .groups = n.attr("group", int64_t{1})};
    const ir::ValueId y = n.add("conv", {real(n, 0), real(n, 3, 0), real_bias(n, 8, 1, 4)}, attrs);
    return n.output(0, n.add("quantize", {y, n.input(6), n.input(7)}));
  }
  const ir::ValueId sums = n.add(
      "conv_integer", {n.input(0), n.input(3), n.input(2), n.input(5), n.input(8)}, conv_attrs(n));
  n.output(0, requantize(n, sums, n.input(1), n.input(4), n.input(6), n.input(7), 1));
}

// com.microsoft: the float operator between dequantize and quantize, as ONNX Runtime defines them.
template <BinaryKind kind>
void qlinear_binary(NodeImport& n) {
  n.output(0, n.add("quantize", {binary(n, kind, real(n, 0), real(n, 3)), n.input(6), n.input(7)}));
}

// (a - a_zero) x (b - b_zero) * a_scale * b_scale + bias, in floats.
void matmul_integer_to_float(NodeImport& n) {
  const ir::ValueId sums =
      n.add("matmul_integer", {n.input(0), n.input(1), n.input(4), n.input(5)});
  const ir::ValueId unit = binary(n, BinaryKind::mul, n.input(2), n.input(3));
  ir::ValueId y = binary(n, BinaryKind::mul, n.add("cast", {sums}, CastAttrs{"f32"}), unit);
  if (n.has_input(6)) y = binary(n, BinaryKind::add, y, n.input(6));
  n.output(0, y);
}

}  // namespace

std::span<const OnnxOp> quantized_onnx_ops() {
  static constexpr OnnxOp kOps[] = {
      {"", "MatMulInteger", matmul_integer},
      {"", "QLinearMatMul", qlinear_matmul},
      {"", "ConvInteger", conv_integer},
      {"", "QLinearConv", qlinear_conv},
      {"com.microsoft", "QLinearConv", qlinear_conv},
      {"com.microsoft", "QLinearAdd", qlinear_binary<BinaryKind::add>},
      {"com.microsoft", "QLinearMul", qlinear_binary<BinaryKind::mul>},
      {"com.microsoft", "MatMulIntegerToFloat", matmul_integer_to_float}};
  return kOps;
}

}  // namespace hone::onnx
