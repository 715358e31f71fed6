#include "frontend/tflite/node_import.h"
#include "ops/unary/op.h"

namespace hone::tflite {
namespace {

void emit(NodeImport& n, UnaryAttrs attrs) { n.output_real(0, n.add("unary", {n.real(0)}, attrs)); }

template <UnaryKind kind>
void plain(NodeImport& n) {
  emit(n, {kind});
}

void leaky_relu(NodeImport& n) {
  using Options = schema::LeakyReluOptions;
  emit(n, {UnaryKind::leaky_relu, n.options<Options>().get(Options::alpha)});
}

void gelu(NodeImport& n) {
  using Options = schema::GeluOptions;
  emit(n,
       {n.options<Options>().get(Options::approximate) ? UnaryKind::gelu_tanh : UnaryKind::gelu});
}

void rsqrt(NodeImport& n) {
  const ir::ValueId root = n.add("unary", {n.real(0)}, UnaryAttrs{UnaryKind::sqrt});
  n.output_real(0, n.add("unary", {root}, UnaryAttrs{UnaryKind::reciprocal}));
}

}  // namespace

std::span<const TfliteOp> unary_tflite_ops() {
  static constexpr TfliteOp kOps[] = {
      {BuiltinOperator::LOGISTIC, plain<UnaryKind::sigmoid>},
      {BuiltinOperator::TANH, plain<UnaryKind::tanh>},
      {BuiltinOperator::EXP, plain<UnaryKind::exp>},
      {BuiltinOperator::LOG, plain<UnaryKind::log>},
      {BuiltinOperator::NEG, plain<UnaryKind::neg>},
      {BuiltinOperator::ABS, plain<UnaryKind::abs>},
      {BuiltinOperator::SQRT, plain<UnaryKind::sqrt>},
      {BuiltinOperator::SIN, plain<UnaryKind::sin>},
      {BuiltinOperator::COS, plain<UnaryKind::cos>},
      {BuiltinOperator::SIGN, plain<UnaryKind::sign>},
      {BuiltinOperator::FLOOR, plain<UnaryKind::floor>},
      {BuiltinOperator::CEIL, plain<UnaryKind::ceil>},
      {BuiltinOperator::ROUND, plain<UnaryKind::round>},
      {BuiltinOperator::ELU, plain<UnaryKind::elu>},
      {BuiltinOperator::HARD_SWISH, plain<UnaryKind::hard_swish>},
      {BuiltinOperator::LOGICAL_NOT, plain<UnaryKind::logic_not>},
      {BuiltinOperator::LEAKY_RELU, leaky_relu},
      {BuiltinOperator::GELU, gelu},
      {BuiltinOperator::RSQRT, rsqrt},
  };
  return kOps;
}

}  // namespace hone::tflite
