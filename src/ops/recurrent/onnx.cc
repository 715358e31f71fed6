#include "ops/recurrent/op.h"

#include <algorithm>

#include "frontend/onnx/node_import.h"

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
void recurrent(NodeImport& n) {
  RecurrentAttrs attrs{.cell = cell,
                       .batch_first = n.attr("layout", int64_t{0}) != 0,
                       .activations = activations(n),
                       .clip = n.attr("clip", 0.0f),
                       .linear_before_reset = n.attr("linear_before_reset", int64_t{0}) != 0,
                       .input_forget = n.attr("input_forget", int64_t{0}) != 0};
  const std::string direction = n.attr("direction", "forward");
  if (direction == "reverse") attrs.direction = Direction::reverse;
  if (direction == "bidirectional") attrs.direction = Direction::both;
  const bool lstm = cell == Cell::lstm;
  const auto results =
      n.add_all("recurrent",
                {n.input(0), n.input(1), n.input(2), n.input(3), n.input(4), n.input(5),
                 lstm ? n.input(6) : ir::ValueId{}, lstm ? n.input(7) : ir::ValueId{}},
                attrs);
  for (size_t i = 0; i < results.size(); ++i) n.output(i, results[i]);
}

}  // namespace

std::span<const OnnxOp> recurrent_onnx_ops() {
  static constexpr OnnxOp kOps[] = {{"", "RNN", recurrent<Cell::rnn>},
                                    {"", "GRU", recurrent<Cell::gru>},
                                    {"", "LSTM", recurrent<Cell::lstm>}};
  return kOps;
}

}  // namespace hone::onnx
