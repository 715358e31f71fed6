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

// Where the inputs of one direction of an LSTM begin. Those of gates are input, forget, cell,
// output in this order; an input gate that is left out is 1 - the forget gate.
struct LstmInputs {
  size_t weights = 1, recurrent = 5;
  size_t peepholes = 9;  // input, forget, output
  size_t biases = 12;
  size_t projection = 16;
  size_t hidden = 18, cell = 19;
};
constexpr size_t kNorms = 20;  // of one direction alone

// What all gates have, in our order: input, output, forget, cell. 1 - sigmoid(x) is sigmoid(-x).
template <class Get>
ir::ValueId all_gates(NodeImport& n, const LstmInputs& at, std::initializer_list<size_t> order,
                      const Get& get) {
  const bool coupled = !n.has_input(at.weights);
  std::vector<ir::ValueId> parts;
  for (const size_t gate : order) {
    const bool made = gate == 0 && coupled;
    const ir::ValueId part = get(made ? 1 : gate);
    parts.push_back(made ? n.add("unary", {part}, UnaryAttrs{UnaryKind::neg}) : part);
  }
  return n.add("concat", parts, ConcatAttrs{0});
}

// [1, 8 * hidden]: the input's biases, and 0 for the state's.
ir::ValueId lstm_bias(NodeImport& n, const LstmInputs& at) {
  if (!n.has_input(at.biases + 1)) return {};
  const ir::ValueId given = all_gates(n, at, {0, 3, 1, 2}, [&](size_t gate) {
    return n.bias(at.biases + gate, 0, at.weights + gate);
  });
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

// One direction; the result is [batch, time, hidden], or [time, batch, hidden].
ir::ValueId lstm(NodeImport& n, const LstmInputs& at, const RecurrentAttrs& attrs) {
  if (n.has_input(at.projection)) n.unsupported("has a projection");
  const auto gates = [&](size_t first) {
    return all_gates(n, at, {0, 3, 1, 2}, [&](size_t gate) { return n.real(first + gate); });
  };
  const ir::ValueId w = gates(at.weights), r = gates(at.recurrent);
  ir::ValueId peepholes;
  if (n.has_input(at.peepholes + 1)) {
    const ir::ValueId all =
        all_gates(n, at, {0, 2, 1}, [&](size_t gate) { return n.real(at.peepholes + gate); });
    peepholes = unsqueeze(n, all, 0);
  }
  const int64_t direction = attrs.batch_first ? 1 : 0;  // its axis in a state
  const auto results =
      n.add_all("recurrent",
                {n.real(0), unsqueeze(n, w, 0), unsqueeze(n, r, 0), lstm_bias(n, at), ir::ValueId{},
                 unsqueeze(n, n.real(at.hidden), direction),
                 unsqueeze(n, n.real(at.cell), direction), peepholes},
                attrs);
  if (!n.ok()) return {};
  n.assign_real(at.hidden, squeeze(n, results[1], direction));
  n.assign_real(at.cell, squeeze(n, results[2], direction));
  return squeeze(n, results[0], attrs.batch_first ? 2 : 1);
}

template <class Options>
RecurrentAttrs lstm_attrs(NodeImport& n, const TableOf<Options>& options) {
  const std::string_view f = activation_name(n, options.get(Options::fused_activation_function));
  return {.cell = Cell::lstm,
          .batch_first = !options.get(Options::time_major),
          .activations = cat("sigmoid,", f, ",", f),
          .state_clip = options.get(Options::cell_clip)};
}

void unidirectional_sequence_lstm(NodeImport& n) {
  if (n.has_input(kNorms + 1)) return n.unsupported("normalizes layers");
  const auto options = n.options<schema::UnidirectionalSequenceLSTMOptions>();
  n.output_real(0, lstm(n, {}, lstm_attrs(n, options)));
}

void output_both(NodeImport& n, ir::ValueId forward, ir::ValueId backward, bool merge) {
  if (merge) return n.output_real(0, n.add("concat", {forward, backward}, ConcatAttrs{2}));
  n.output_real(0, forward);
  n.output_real(1, backward);
}

// A second sequence beside x, which some models stack, is not run.
bool has_second(NodeImport& n, size_t i) {
  if (n.has_input(i)) n.unsupported("takes a second sequence");
  return n.has_input(i);
}

void bidirectional_sequence_lstm(NodeImport& n) {
  using Options = schema::BidirectionalSequenceLSTMOptions;
  constexpr size_t kSecond = 39;
  constexpr LstmInputs kForward{.hidden = 35, .cell = 36};
  constexpr LstmInputs kBackward{.weights = 18,
                                 .recurrent = 22,
                                 .peepholes = 26,
                                 .biases = 29,
                                 .projection = 33,
                                 .hidden = 37,
                                 .cell = 38};
  if (has_second(n, kSecond)) return;
  const auto options = n.options<Options>();
  RecurrentAttrs attrs = lstm_attrs(n, options);
  const ir::ValueId forward = lstm(n, kForward, attrs);
  attrs.direction = Direction::reverse;
  output_both(n, forward, lstm(n, kBackward, attrs), options.get(Options::merge_outputs));
}

// One direction of a plain network: weights, recurrent weights, bias and state follow each other
// from input `first` on.
struct Run {
  ir::ValueId all, last;  // without the axis of directions
};
Run simple(NodeImport& n, ir::ValueId x, size_t first, const RecurrentAttrs& attrs) {
  const ir::ValueId w = unsqueeze(n, n.real(first), 0), r = unsqueeze(n, n.real(first + 1), 0);
  const Type& units = n.type(n.input(first + 2));
  if (!n.ok() || !units.is_tensor() || units.tensor.shape.size() != 1 ||
      units.tensor.shape[0].is_symbol()) {
    n.unsupported("has a bias that is no list");
    return {};
  }
  const std::vector<double> zeros(static_cast<size_t>(units.tensor.shape[0].value()), 0.0);
  const ir::ValueId bias =
      n.add("concat", {n.real(first + 2), n.constant(DType::f32, zeros)}, ConcatAttrs{0});
  const int64_t direction = attrs.batch_first ? 1 : 0;
  const ir::ValueId before = unsqueeze(n, n.real(first + 3), direction);
  const auto results =
      n.add_all("recurrent", {x, w, r, unsqueeze(n, bias, 0), {}, before, {}, {}}, attrs);
  if (!n.ok()) return {};
  const ir::ValueId state = squeeze(n, results[1], direction);
  n.assign_real(first + 3, state);
  return {squeeze(n, results[0], attrs.batch_first ? 2 : 1), state};
}

RecurrentAttrs rnn_attrs(NodeImport& n, int8_t activation, bool time_major) {
  return {.cell = Cell::rnn,
          .batch_first = !time_major,
          .activations = std::string(activation_name(n, activation))};
}

void rnn(NodeImport& n) {
  using Options = schema::RNNOptions;
  const int8_t activation = n.options<Options>().get(Options::fused_activation_function);
  n.output_real(0, simple(n, unsqueeze(n, n.real(0), 0), 1, rnn_attrs(n, activation, true)).last);
}

template <class Options>
RecurrentAttrs sequence_attrs(NodeImport& n, const TableOf<Options>& options) {
  return rnn_attrs(n, options.get(Options::fused_activation_function),
                   options.get(Options::time_major));
}

void unidirectional_sequence_rnn(NodeImport& n) {
  const auto options = n.options<schema::SequenceRNNOptions>();
  n.output_real(0, simple(n, n.real(0), 1, sequence_attrs(n, options)).all);
}

void bidirectional_sequence_rnn(NodeImport& n) {
  using Options = schema::BidirectionalSequenceRNNOptions;
  if (has_second(n, 9)) return;
  const auto options = n.options<Options>();
  RecurrentAttrs attrs = sequence_attrs(n, options);
  const ir::ValueId forward = simple(n, n.real(0), 1, attrs).all;
  attrs.direction = Direction::reverse;
  const ir::ValueId backward = simple(n, n.real(0), 5, attrs).all;
  output_both(n, forward, backward, options.get(Options::merge_outputs));
}

}  // namespace

std::span<const TfliteOp> recurrent_tflite_ops() {
  static constexpr TfliteOp kOps[] = {
      {BuiltinOperator::UNIDIRECTIONAL_SEQUENCE_LSTM, unidirectional_sequence_lstm},
      {BuiltinOperator::UNIDIRECTIONAL_SEQUENCE_RNN, unidirectional_sequence_rnn},
      {BuiltinOperator::RNN, rnn},
      {BuiltinOperator::BIDIRECTIONAL_SEQUENCE_LSTM, bidirectional_sequence_lstm},
      {BuiltinOperator::BIDIRECTIONAL_SEQUENCE_RNN, bidirectional_sequence_rnn},
  };
  return kOps;
}

}  // namespace hone::tflite
