// Operators of com.microsoft on 8-bit codes: the float operator between dequantize and quantize, as
// ONNX Runtime defines them. fold_quantized makes integer ops of them.
#include "frontend/onnx/foreign/parts.h"
#include "frontend/onnx/node_import.h"
#include "frontend/onnx/window_import.h"
#include "ops/batch_matmul/op.h"
#include "ops/cast/op.h"
#include "ops/concat/op.h"
#include "ops/pool/op.h"
#include "ops/quantize/op.h"
#include "ops/softmax/op.h"
#include "ops/unary/op.h"

namespace hone::onnx {
namespace {

// To the scale and zero point from input `scale` on; without a zero point, to x's dtype.
void output_codes(NodeImport& n, ir::ValueId y, size_t scale) {
  QuantizeAttrs attrs;
  const auto dtype = n.dtype(n.input(0));
  if (!n.has_input(scale + 1) && dtype) attrs.to = name_of(*dtype);
  n.output(0, n.add("quantize", {y, n.input(scale), n.input(scale + 1)}, attrs));
}

bool is_channels_last(NodeImport& n) {
  const bool last = n.attr("channels_last", int64_t{0}) != 0;
  if (last) n.unsupported("takes channels last");
  return last;
}

void average_pool(NodeImport& n) {
  if (is_channels_last(n)) return;
  const PoolAttrs attrs{.kind = PoolAttrs::Kind::average,
                        .kernel = n.ints("kernel_shape"),
                        .window = window_attrs(n),
                        .ceil = n.attr("ceil_mode", int64_t{0}) != 0,
                        .count_padding = n.attr("count_include_pad", int64_t{0}) != 0};
  if (attrs.kernel.empty()) return n.invalid("has no kernel_shape");
  output_codes(n, n.add("pool", {real(n, 0)}, attrs), 3);
}

void global_average_pool(NodeImport& n) {
  if (is_channels_last(n)) return;
  const PoolAttrs attrs{.kind = PoolAttrs::Kind::average};
  output_codes(n, n.add("pool", {real(n, 0)}, attrs), 3);
}

void sigmoid(NodeImport& n) {
  output_codes(n, n.add("unary", {real(n, 0)}, UnaryAttrs{UnaryKind::sigmoid}), 3);
}

void leaky_relu(NodeImport& n) {
  const UnaryAttrs attrs{UnaryKind::leaky_relu, n.attr("alpha", 0.01f)};
  output_codes(n, n.add("unary", {real(n, 0)}, attrs), 3);
}

// `opset` says which Softmax is meant: before 13 the axes from `axis` on are one.
void softmax(NodeImport& n) {
  const bool old = n.attr("opset", int64_t{13}) < 13;
  const SoftmaxAttrs attrs{.axis = n.attr("axis", int64_t{old ? 1 : -1}), .to_end = old};
  output_codes(n, n.add("softmax", {real(n, 0)}, attrs), 3);
}

// Inputs are y's scale and zero point, then codes, scale and zero point of each part.
void concat(NodeImport& n) {
  if (n.inputs() < 5 || n.inputs() % 3 != 2) return n.invalid("has ", n.inputs(), " inputs");
  std::vector<ir::ValueId> parts;
  for (size_t i = 2; i < n.inputs(); i += 3) parts.push_back(real(n, i));
  const ir::ValueId y = n.add("concat", parts, ConcatAttrs{n.attr("axis", int64_t{0})});
  n.output(0, n.add("quantize", {y, n.input(0), n.input(1)}));
}

// The bias counts in units of alpha a_scale b_scale; without a scale the result is f32.
void gemm(NodeImport& n) {
  const bool trans_b = n.attr("transB", int64_t{0}) != 0;
  const BatchMatmulAttrs attrs{.trans_a = n.attr("transA", int64_t{0}) != 0,
                               .trans_b = trans_b,
                               .alpha = n.attr("alpha", 1.0f)};
  ir::ValueId bias;
  if (n.has_input(6)) {
    ir::ValueId unit = n.add("binary", {n.input(1), n.input(4)}, BinaryAttrs{BinaryKind::mul});
    if (attrs.alpha != 1) {
      const auto alpha = static_cast<double>(attrs.alpha);
      unit = n.add("binary", {unit, n.scalar(DType::f32, alpha)}, BinaryAttrs{BinaryKind::mul});
    }
    bias = n.add("dequantize", {n.input(6), unit, {}}, DequantizeAttrs{.axis = -1});
  }
  const ir::ValueId y =
      n.add("batch_matmul", {real(n, 0), real(n, 3, trans_b ? 0 : 1), bias}, attrs);
  if (!n.has_input(7)) return n.output(0, y);
  output_codes(n, y, 7);
}

// a is brought to codes while running; then integers, and floats again.
void dynamic_matmul(NodeImport& n) {
  const auto codes = n.add_all("quantize_dynamic", {n.input(0)});
  if (codes.size() != 3) return;
  const ir::ValueId sums = n.add("matmul_integer", {codes[0], n.input(1), codes[2], n.input(3)});
  const ir::ValueId unit = n.add("binary", {codes[1], n.input(2)}, BinaryAttrs{BinaryKind::mul});
  const ir::ValueId counts = n.add("cast", {sums}, CastAttrs{"f32"});
  ir::ValueId y = n.add("binary", {counts, unit}, BinaryAttrs{BinaryKind::mul});
  if (n.has_input(4)) y = n.add("binary", {y, n.input(4)}, BinaryAttrs{BinaryKind::add});
  n.output(0, y);
}

}  // namespace

std::span<const OnnxOp> quantized_contrib_onnx_ops() {
  static constexpr OnnxOp kOps[] = {
      {"com.microsoft", "QGemm", gemm},
      {"com.microsoft", "QLinearAveragePool", average_pool},
      {"com.microsoft", "QLinearGlobalAveragePool", global_average_pool},
      {"com.microsoft", "QLinearSigmoid", sigmoid},
      {"com.microsoft", "QLinearLeakyRelu", leaky_relu},
      {"com.microsoft", "QLinearSoftmax", softmax},
      {"com.microsoft", "QLinearConcat", concat},
      {"com.microsoft", "DynamicQuantizeMatMul", dynamic_matmul}};
  return kOps;
}

}  // namespace hone::onnx
