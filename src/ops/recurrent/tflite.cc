#include "ops/recurrent/op.h"

#include "frontend/tflite/node_import.h"
#include "ops/concat/op.h"
#include "ops/reshape/op.h"
#include "ops/unary/op.h"

namespace hone::tflite {
namespace {

using schema::ActivationFunctionType;
using To = ReshapeAttrs::To;

ir::ValueId unsqueeze(NodeImport& n, ir::ValueId x, int64_t axis) {
  return n.add("reshape", {x}, ReshapeAttrs{.shape = {axis}, .to = To::unsqueeze});
}
ir::ValueId squeeze(NodeImport& n, ir::ValueId x, int64_t axis) {
  return n.add("reshape", {x}, ReshapeAttrs{.shape = {axis}, .to = To::squeeze});
}

// The name of an activation as RecurrentAttrs has it; an error and nothing if there is none.
std::string_view activation_name(NodeImport& n, int8_t activation) {
  switch (static_cast<ActivationFunctionType>(activation)) {
    case ActivationFunctionType::NONE:
      return "affine(1,0)";
    case ActivationFunctionType::RELU:
      return "relu";
    case ActivationFunctionType::TANH:
      return "tanh";
    default:
      n.unsupported("has fused activation ", static_cast<int>(activation), ", which hone does not");
      return "";
  }
}

// Where an LSTM's inputs begin. Those of gates are input, forget, cell, output in this order; an
// input gate that is left out is 1 - the forget gate.
enum LstmInput : size_t {
  kWeights = 1,
  kRecurrent = 5,
  kPeepholes = 9,  // input, forget, output
  kBiases = 12,
  kProjection = 16,
  kHidden = 18,
  kCell = 19,
  kNorms = 20,
};

// What all gates have, in our order: input, output, forget, cell. 1 - sigmoid(x) is sigmoid(-x).
template <class Get>
ir::ValueId all_gates(NodeImport& n, std::initializer_list<size_t> order, const Get& get) {
  const bool coupled = !n.has_input(kWeights);
  std::vector<ir::ValueId> parts;
  for (const size_t gate : order) {
    const bool made = gate == 0 && coupled;
    const ir::ValueId part = get(made ? 1 : gate);
    parts.push_back(made ? n.add("unary", {part}, UnaryAttrs{UnaryKind::neg}) : part);
  }
  return n.add("concat", parts, ConcatAttrs{0});
}

// [1, 8 * hidden]: the input's biases, and 0 for the state's.
ir::ValueId lstm_bias(NodeImport& n) {
  if (!n.has_input(kBiases + 1)) return {};
  const ir::ValueId given = all_gates(
      n, {0, 3, 1, 2}, [&](size_t gate) { return n.bias(kBiases + gate, 0, kWeights + gate); });
  const Type& type = n.type(given);
  if (!n.ok() || !type.is_tensor() || type.tensor.shape.size() != 1 ||
      type.tensor.shape[0].is_symbol()) {
    n.unsupported("has biases that are no lists");
    return {};
  }
  const std::vector<double> zeros(static_cast<size_t>(type.tensor.shape[0].value()), 0.0);
  const ir::ValueId both = n.add("concat", {given, n.constant(DType::f32, zeros)}, ConcatAttrs{0});
  return unsqueeze(n, both, 0);
}

void unidirectional_sequence_lstm(NodeImport& n) {
  using Options = schema::UnidirectionalSequenceLSTMOptions;
  const auto options = n.options<Options>();
  if (n.has_input(kProjection) || n.has_input(kNorms + 1)) {
    return n.unsupported("has a projection or normalizes layers");
  }
  const bool batch_first = !options.get(Options::time_major);
  const std::string_view f = activation_name(n, options.get(Options::fused_activation_function));
  const RecurrentAttrs attrs{.cell = Cell::lstm,
                             .batch_first = batch_first,
                             .activations = cat("sigmoid,", f, ",", f),
                             .state_clip = options.get(Options::cell_clip)};
  const ir::ValueId w =
      all_gates(n, {0, 3, 1, 2}, [&](size_t gate) { return n.real(kWeights + gate); });
  const ir::ValueId r =
      all_gates(n, {0, 3, 1, 2}, [&](size_t gate) { return n.real(kRecurrent + gate); });
  ir::ValueId peepholes;
  if (n.has_input(kPeepholes + 1)) {
    const ir::ValueId all =
        all_gates(n, {0, 2, 1}, [&](size_t gate) { return n.real(kPeepholes + gate); });
    peepholes = unsqueeze(n, all, 0);
  }
  const int64_t direction = batch_first ? 1 : 0;  // its axis in a state
  const auto results = n.add_all(
      "recurrent",
      {n.real(0), unsqueeze(n, w, 0), unsqueeze(n, r, 0), lstm_bias(n), ir::ValueId{},
       unsqueeze(n, n.real(kHidden), direction), unsqueeze(n, n.real(kCell), direction), peepholes},
      attrs);
  if (!n.ok()) return;
  n.assign_real(kHidden, squeeze(n, results[1], direction));
  n.assign_real(kCell, squeeze(n, results[2], direction));
  n.output_real(0, squeeze(n, results[0], batch_first ? 2 : 1));
}

enum class Layout : uint8_t { one_step, time_first, batch_first };

// Inputs are x, weights, recurrent weights, bias and the state.
void simple(NodeImport& n, ir::ValueId x, int8_t activation, Layout layout) {
  const bool batch_first = layout == Layout::batch_first;
  const RecurrentAttrs attrs{.cell = Cell::rnn,
                             .batch_first = batch_first,
                             .activations = std::string(activation_name(n, activation))};
  const ir::ValueId w = unsqueeze(n, n.real(1), 0), r = unsqueeze(n, n.real(2), 0);
  const Type& units = n.type(n.input(3));
  if (!n.ok() || !units.is_tensor() || units.tensor.shape.size() != 1 ||
      units.tensor.shape[0].is_symbol()) {
    return n.unsupported("has a bias that is no list");
  }
  const std::vector<double> zeros(static_cast<size_t>(units.tensor.shape[0].value()), 0.0);
  const ir::ValueId bias =
      n.add("concat", {n.real(3), n.constant(DType::f32, zeros)}, ConcatAttrs{0});
  const int64_t direction = batch_first ? 1 : 0;
  const auto results = n.add_all(
      "recurrent",
      {x, w, r, unsqueeze(n, bias, 0), ir::ValueId{}, unsqueeze(n, n.real(4), direction), {}, {}},
      attrs);
  if (!n.ok()) return;
  const ir::ValueId state = squeeze(n, results[1], direction);
  n.assign_real(4, state);
  n.output_real(0,
                layout == Layout::one_step ? state : squeeze(n, results[0], batch_first ? 2 : 1));
}

void rnn(NodeImport& n) {
  using Options = schema::RNNOptions;
  simple(n, unsqueeze(n, n.real(0), 0),
         n.options<Options>().get(Options::fused_activation_function), Layout::one_step);
}

void unidirectional_sequence_rnn(NodeImport& n) {
  using Options = schema::SequenceRNNOptions;
  const auto options = n.options<Options>();
  simple(n, n.real(0), options.get(Options::fused_activation_function),
         options.get(Options::time_major) ? Layout::time_first : Layout::batch_first);
}

}  // namespace

std::span<const TfliteOp> recurrent_tflite_ops() {
  static constexpr TfliteOp kOps[] = {
      {BuiltinOperator::UNIDIRECTIONAL_SEQUENCE_LSTM, unidirectional_sequence_lstm},
      {BuiltinOperator::UNIDIRECTIONAL_SEQUENCE_RNN, unidirectional_sequence_rnn},
      {BuiltinOperator::RNN, rnn},
  };
  return kOps;
}

}  // namespace hone::tflite
