#include "ops/recurrent/op.h"

#include <algorithm>

#include "frontend/onnx/node_import.h"
#include "ops/binary/op.h"
#include "ops/cast/op.h"
#include "ops/reshape/op.h"
#include "ops/transpose/op.h"

namespace hone::onnx {
namespace {

// ONNX's name of an activation, as RecurrentAttrs has it, and how many parameters it takes.
struct Named {
  std::string_view onnx, own;
  int parameters;
};
constexpr Named kNamed[] = {{"sigmoid", "sigmoid", 0},
                            {"tanh", "tanh", 0},
                            {"relu", "relu", 0},
                            {"affine", "affine", 2},
                            {"leakyrelu", "leaky_relu", 1},
                            {"thresholdedrelu", "thresholded_relu", 1},
                            {"scaledtanh", "scaled_tanh", 2},
                            {"hardsigmoid", "hard_sigmoid", 2},
                            {"elu", "elu", 1},
                            {"softsign", "softsign", 0},
                            {"softplus", "softplus", 0}};

// The alphas and betas are handed out to those activations that take them, in order.
std::string activations(NodeImport& n) {
  const AttributeView* names = n.find("activations");
  if (names == nullptr) return {};
  const std::vector<float> alphas = n.floats("activation_alpha"),
                           betas = n.floats("activation_beta");
  size_t alpha = 0, beta = 0;
  std::string text;
  for (const std::string_view name : names->strings) {
    std::string lower(name);
    for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    const auto found = std::ranges::find(kNamed, lower, &Named::onnx);
    if (found == std::end(kNamed)) {
      n.unsupported("has the activation '", printable(name), "'");
      return {};
    }
    text += cat(text.empty() ? "" : ",", found->own);
    if (found->parameters == 0 || alpha >= alphas.size()) continue;
    text += cat("(", alphas[alpha++]);
    if (found->parameters == 2 && beta < betas.size()) text += cat(",", betas[beta++]);
    text += ")";
  }
  return text;
}

template <Cell cell>
RecurrentAttrs attrs_of(NodeImport& n) {
  RecurrentAttrs attrs{.cell = cell,
                       .batch_first = n.attr("layout", int64_t{0}) != 0,
                       .activations = activations(n),
                       .clip = n.attr("clip", 0.0f),
                       .linear_before_reset = n.attr("linear_before_reset", int64_t{0}) != 0,
                       .input_forget = n.attr("input_forget", int64_t{0}) != 0};
  const std::string direction = n.attr("direction", "forward");
  if (direction == "reverse") attrs.direction = Direction::reverse;
  if (direction == "bidirectional") attrs.direction = Direction::both;
  return attrs;
}

template <Cell cell>
void recurrent(NodeImport& n) {
  const bool lstm = cell == Cell::lstm;
  const auto results =
      n.add_all("recurrent",
                {n.input(0), n.input(1), n.input(2), n.input(3), n.input(4), n.input(5),
                 lstm ? n.input(6) : ir::ValueId{}, lstm ? n.input(7) : ir::ValueId{}},
                attrs_of<cell>(n));
  for (size_t i = 0; i < results.size(); ++i) n.output(i, results[i]);
}

// Codes [directions, in, 4 hidden], with scales and zero points [directions] or
// [directions, 4 hidden], as LSTM has its weights: f32 [directions, 4 hidden, in].
ir::ValueId real_weights(NodeImport& n, size_t codes, size_t scale) {
  const auto beside = [&](size_t i) {
    const ir::ValueId value = n.add("cast", {n.input(i)}, CastAttrs{"f32"});
    const auto rank = n.rank(value);
    if (!rank) n.unsupported("has scales of unknown rank");
    ReshapeAttrs attrs{.shape = {1}, .to = ReshapeAttrs::To::unsqueeze};
    if (rank == 1) attrs.shape = {1, 2};
    return n.add("reshape", {value}, attrs);
  };
  const ir::ValueId counts = n.add("cast", {n.input(codes)}, CastAttrs{"f32"});
  const ir::ValueId less =
      n.add("binary", {counts, beside(scale + 1)}, BinaryAttrs{BinaryKind::sub});
  const ir::ValueId real = n.add("binary", {less, beside(scale)}, BinaryAttrs{BinaryKind::mul});
  return n.add("transpose", {real}, TransposeAttrs{{0, 2, 1}});
}

// com.microsoft: an LSTM with weights in codes. ONNX Runtime also rounds x and the hidden state to
// codes at each step; here they stay floats.
void dynamic_quantize_lstm(NodeImport& n) {
  const auto results = n.add_all("recurrent",
                                 {n.input(0), real_weights(n, 1, 8), real_weights(n, 2, 10),
                                  n.input(3), n.input(4), n.input(5), n.input(6), n.input(7)},
                                 attrs_of<Cell::lstm>(n));
  for (size_t i = 0; i < results.size(); ++i) n.output(i, results[i]);
}

}  // namespace

std::span<const OnnxOp> recurrent_onnx_ops() {
  static constexpr OnnxOp kOps[] = {
      {"", "RNN", recurrent<Cell::rnn>},
      {"", "GRU", recurrent<Cell::gru>},
      {"", "LSTM", recurrent<Cell::lstm>},
      {"com.microsoft", "DynamicQuantizeLSTM", dynamic_quantize_lstm}};
  return kOps;
}

}  // namespace hone::onnx
