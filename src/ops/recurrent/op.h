// recurrent: RNN, GRU or LSTM over a whole sequence, in one or both directions (ONNX RNN, GRU,
// LSTM).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ops/attrs.h"
#include "ops/cell_activation.h"

namespace hone {

enum class Cell : uint8_t { rnn, gru, lstm };
inline constexpr std::string_view kCellNames[] = {"rnn", "gru", "lstm"};

enum class Direction : uint8_t { forward, reverse, both };
inline constexpr std::string_view kDirectionNames[] = {"forward", "reverse", "both"};

struct RecurrentAttrs {
  Cell cell = Cell::lstm;
  Direction direction = Direction::forward;
  bool batch_first = false;  // ONNX's layout 1
  // Names in lower case with parameters, one cell's after the other's:
  // "tanh,hard_sigmoid(0.2,0.5)". Empty: sigmoid for gates, tanh for the rest.
  std::string activations;
  float clip = 0;                    // of what goes into activations, to [-clip, clip]; 0: none
  float state_clip = 0;              // of lstm's cell state, to [-state_clip, state_clip]; 0: none
  bool linear_before_reset = false;  // of gru: the reset gate scales the product, not its operand
  bool input_forget = false;         // of lstm: the forget gate is 1 - the input gate
  void visit(AttrVisitor& v);
};

inline void RecurrentAttrs::visit(AttrVisitor& v) {
  v.field("cell", cell, kCellNames);
  v.field("direction", direction, kDirectionNames);
  v.field("batch_first", batch_first);
  v.field("activations", activations);
  v.field("clip", clip);
  v.field("state_clip", state_clip);
  v.field("linear_before_reset", linear_before_reset);
  v.field("input_forget", input_forget);
}

inline int64_t gates_of(Cell cell) { return cell == Cell::rnn ? 1 : cell == Cell::gru ? 3 : 4; }
inline size_t activations_of(Cell cell) {
  return cell == Cell::rnn ? 1 : cell == Cell::gru ? 2 : 3;
}

// The activations of each direction in a row; nothing if the text is malformed or their number is
// not that of the cell.
std::optional<std::vector<CellActivation>> parse_activations(const RecurrentAttrs& attrs);
}  // namespace hone
