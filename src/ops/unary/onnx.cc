#include "frontend/onnx/node_import.h"
#include "ops/binary/op.h"
#include "ops/unary/op.h"

namespace hone::onnx {
namespace {

void emit(NodeImport& n, UnaryAttrs attrs) { n.output(0, n.add("unary", {n.input(0)}, attrs)); }

template <UnaryKind kind>
void plain(NodeImport& n) {
  emit(n, {kind});
}

// Kinds with one attribute, which is our alpha.
void swish(NodeImport& n) { emit(n, {UnaryKind::swish, n.attr("alpha", 1.0f)}); }
void swiglu(NodeImport& n) {
  const ir::ValueId gate =
      n.add("unary", {n.input(0)}, UnaryAttrs{UnaryKind::swish, n.attr("alpha", 1.0f)});
  n.output(0, n.add("binary", {gate, n.input(1)}, BinaryAttrs{BinaryKind::mul}));
}
void quick_gelu(NodeImport& n) { emit(n, {UnaryKind::swish, n.attr("alpha", 1.702f)}); }
void leaky_relu(NodeImport& n) { emit(n, {UnaryKind::leaky_relu, n.attr("alpha", 0.01f)}); }
void elu(NodeImport& n) { emit(n, {UnaryKind::elu, n.attr("alpha", 1.0f)}); }
void celu(NodeImport& n) { emit(n, {UnaryKind::celu, n.attr("alpha", 1.0f)}); }
void thresholded_relu(NodeImport& n) {
  emit(n, {UnaryKind::thresholded_relu, n.attr("alpha", 1.0f)});
}

void selu(NodeImport& n) {
  // Opset 1 rounded its defaults.
  const bool old = n.opset() < 6;
  emit(n, {UnaryKind::selu, n.attr("alpha", old ? 1.6732f : 1.67326319217681884765625f),
           n.attr("gamma", old ? 1.0507f : 1.05070102214813232421875f)});
}
void hard_sigmoid(NodeImport& n) {
  emit(n, {UnaryKind::hard_sigmoid, n.attr("alpha", 0.2f), n.attr("beta", 0.5f)});
}
void shrink(NodeImport& n) {
  emit(n, {UnaryKind::shrink, n.attr("lambd", 0.5f), n.attr("bias", 0.0f)});
}

void gelu(NodeImport& n) {
  const std::string form = n.attr("approximate", "none");
  if (form != "none" && form != "tanh") return n.invalid("approximate is '", form, "'");
  emit(n, {form == "tanh" ? UnaryKind::gelu_tanh : UnaryKind::gelu});
}

void is_inf(NodeImport& n) {
  const bool negative = n.attr("detect_negative", int64_t{1}) != 0;
  const bool positive = n.attr("detect_positive", int64_t{1}) != 0;
  if (negative && positive) return emit(n, {UnaryKind::is_inf});
  if (negative) return emit(n, {UnaryKind::is_negative_inf});
  if (positive) return emit(n, {UnaryKind::is_positive_inf});
  const ir::ValueId x = n.input(0);  // nothing is detected: false everywhere
  n.output(0, n.add("binary", {x, x}, BinaryAttrs{BinaryKind::less}));
}

// Gelu of x + bias (com.microsoft).
template <UnaryKind kind>
void bias_gelu(NodeImport& n) {
  ir::ValueId x = n.input(0);
  if (n.has_input(1)) x = n.add("binary", {x, n.input(1)}, BinaryAttrs{BinaryKind::add});
  n.output(0, n.add("unary", {x}, UnaryAttrs{kind}));
}

}  // namespace

std::span<const OnnxOp> unary_onnx_ops() {
  static constexpr OnnxOp kOps[] = {
      {"", "Abs", plain<UnaryKind::abs>},
      {"", "Ceil", plain<UnaryKind::ceil>},
      {"", "Floor", plain<UnaryKind::floor>},
      {"", "Round", plain<UnaryKind::round>},
      {"", "Sign", plain<UnaryKind::sign>},
      {"", "Sqrt", plain<UnaryKind::sqrt>},
      {"", "Reciprocal", plain<UnaryKind::reciprocal>},
      {"", "Exp", plain<UnaryKind::exp>},
      {"", "Log", plain<UnaryKind::log>},
      {"", "Sin", plain<UnaryKind::sin>},
      {"", "Cos", plain<UnaryKind::cos>},
      {"", "Tan", plain<UnaryKind::tan>},
      {"", "Asin", plain<UnaryKind::asin>},
      {"", "Acos", plain<UnaryKind::acos>},
      {"", "Atan", plain<UnaryKind::atan>},
      {"", "Sinh", plain<UnaryKind::sinh>},
      {"", "Cosh", plain<UnaryKind::cosh>},
      {"", "Tanh", plain<UnaryKind::tanh>},
      {"", "Asinh", plain<UnaryKind::asinh>},
      {"", "Acosh", plain<UnaryKind::acosh>},
      {"", "Atanh", plain<UnaryKind::atanh>},
      {"", "Erf", plain<UnaryKind::erf>},
      {"", "Neg", plain<UnaryKind::neg>},
      {"", "Not", plain<UnaryKind::logic_not>},
      {"", "BitwiseNot", plain<UnaryKind::bit_not>},
      {"", "IsNaN", plain<UnaryKind::is_nan>},
      {"", "IsInf", is_inf},
      {"", "Relu", plain<UnaryKind::relu>},
      {"", "Sigmoid", plain<UnaryKind::sigmoid>},
      {"", "Softplus", plain<UnaryKind::softplus>},
      {"", "Softsign", plain<UnaryKind::softsign>},
      {"", "Mish", plain<UnaryKind::mish>},
      {"", "HardSwish", plain<UnaryKind::hard_swish>},
      {"", "HardSigmoid", hard_sigmoid},
      {"", "Gelu", gelu},
      {"", "Elu", elu},
      {"", "Selu", selu},
      {"", "Celu", celu},
      {"", "LeakyRelu", leaky_relu},
      {"", "ThresholdedRelu", thresholded_relu},
      {"", "Shrink", shrink},
      {"", "SwiGLU", swiglu},
      {"", "Swish", swish},
      {"com.microsoft", "Gelu", plain<UnaryKind::gelu>},
      {"com.microsoft", "QuickGelu", quick_gelu},
      {"com.microsoft", "BiasGelu", bias_gelu<UnaryKind::gelu>},
      {"com.microsoft", "FastGelu", bias_gelu<UnaryKind::gelu_tanh>},
  };
  return kOps;
}

}  // namespace hone::onnx
