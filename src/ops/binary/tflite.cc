#include "frontend/tflite/node_import.h"
#include "ops/binary/op.h"
#include "ops/shape_rules.h"
#include "ops/unary/op.h"

namespace hone::tflite {
namespace {

ir::ValueId both(NodeImport& n, BinaryKind kind, ir::ValueId a, ir::ValueId b) {
  return n.add("binary", {a, b}, BinaryAttrs{kind});
}

template <BinaryKind kind>
void plain(NodeImport& n) {
  n.output_real(0, both(n, kind, n.real(0), n.real(1)));
}

// Operators with a fused activation.
template <BinaryKind kind, class Options>
void activated(NodeImport& n) {
  const ir::ValueId y = both(n, kind, n.real(0), n.real(1));
  const int8_t activation = n.options<Options>().get(Options::fused_activation_function);
  n.output_real(0, n.activate(y, activation));
}

void not_equal(NodeImport& n) {
  const ir::ValueId y = both(n, BinaryKind::equal, n.real(0), n.real(1));
  n.output(0, n.add("unary", {y}, UnaryAttrs{UnaryKind::logic_not}));
}

// Rounded down; division of integers is truncated here.
void floor_div(NodeImport& n) {
  const ir::ValueId a = n.real(0), b = n.real(1);
  if (n.type(a).is_tensor() && is_float(n.type(a).tensor.dtype)) {
    const ir::ValueId ratio = both(n, BinaryKind::div, a, b);
    return n.output_real(0, n.add("unary", {ratio}, UnaryAttrs{UnaryKind::floor}));
  }
  const ir::ValueId whole = both(n, BinaryKind::sub, a, both(n, BinaryKind::mod, a, b));
  n.output_real(0, both(n, BinaryKind::div, whole, b));
}

void squared_difference(NodeImport& n) {
  const ir::ValueId y = both(n, BinaryKind::sub, n.real(0), n.real(1));
  n.output_real(0, both(n, BinaryKind::mul, y, y));
}

void square(NodeImport& n) {
  const ir::ValueId x = n.real(0);
  n.output_real(0, both(n, BinaryKind::mul, x, x));
}

void add_n(NodeImport& n) {
  ir::ValueId sum = n.real(0);
  for (size_t i = 1; i < n.inputs(); ++i) sum = both(n, BinaryKind::add, sum, n.real(i));
  n.output_real(0, sum);
}

template <schema::ActivationFunctionType activation>
void activation_only(NodeImport& n) {
  n.output_real(0, n.activate(n.real(0), static_cast<int8_t>(activation)));
}

void relu_0_to_1(NodeImport& n) {
  const ir::ValueId low = both(n, BinaryKind::max, n.real(0), n.scalar(DType::f32, 0));
  n.output_real(0, both(n, BinaryKind::min, low, n.scalar(DType::f32, 1)));
}

}  // namespace

std::span<const TfliteOp> binary_tflite_ops() {
  static constexpr TfliteOp kOps[] = {
      {BuiltinOperator::ADD, activated<BinaryKind::add, schema::AddOptions>},
      {BuiltinOperator::SUB, activated<BinaryKind::sub, schema::SubOptions>},
      {BuiltinOperator::MUL, activated<BinaryKind::mul, schema::MulOptions>},
      {BuiltinOperator::DIV, activated<BinaryKind::div, schema::DivOptions>},
      {BuiltinOperator::MAXIMUM, plain<BinaryKind::max>},
      {BuiltinOperator::MINIMUM, plain<BinaryKind::min>},
      {BuiltinOperator::POW, plain<BinaryKind::pow>},
      {BuiltinOperator::PRELU, plain<BinaryKind::prelu>},
      {BuiltinOperator::FLOOR_MOD, plain<BinaryKind::mod>},
      {BuiltinOperator::ATAN2, plain<BinaryKind::atan2>},
      {BuiltinOperator::LOGICAL_AND, plain<BinaryKind::logic_and>},
      {BuiltinOperator::LOGICAL_OR, plain<BinaryKind::logic_or>},
      {BuiltinOperator::BITWISE_XOR, plain<BinaryKind::bit_xor>},
      {BuiltinOperator::RIGHT_SHIFT, plain<BinaryKind::shift_right>},
      {BuiltinOperator::EQUAL, plain<BinaryKind::equal>},
      {BuiltinOperator::LESS, plain<BinaryKind::less>},
      {BuiltinOperator::LESS_EQUAL, plain<BinaryKind::less_equal>},
      {BuiltinOperator::GREATER, plain<BinaryKind::greater>},
      {BuiltinOperator::GREATER_EQUAL, plain<BinaryKind::greater_equal>},
      {BuiltinOperator::NOT_EQUAL, not_equal},
      {BuiltinOperator::FLOOR_DIV, floor_div},
      {BuiltinOperator::SQUARED_DIFFERENCE, squared_difference},
      {BuiltinOperator::SQUARE, square},
      {BuiltinOperator::ADD_N, add_n},
      {BuiltinOperator::RELU, activation_only<schema::ActivationFunctionType::RELU>},
      {BuiltinOperator::RELU_N1_TO_1,
       activation_only<schema::ActivationFunctionType::RELU_N1_TO_1>},
      {BuiltinOperator::RELU6, activation_only<schema::ActivationFunctionType::RELU6>},
      {BuiltinOperator::RELU_0_TO_1, relu_0_to_1},
  };
  return kOps;
}

}  // namespace hone::tflite
