#include "ops/cell_activation.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace hone {
namespace {

using Kind = CellActivation::Kind;

struct Named {
  std::string_view name;
  CellActivation activation;  // with the parameters it has if none are given
};

constexpr Named kNamed[] = {{"sigmoid", {Kind::sigmoid}},
                            {"tanh", {Kind::tanh}},
                            {"relu", {Kind::relu}},
                            {"affine", {Kind::affine, 1.0f, 0.0f}},
                            {"leaky_relu", {Kind::leaky_relu, 0.01f, 0.0f}},
                            {"thresholded_relu", {Kind::thresholded_relu, 1.0f, 0.0f}},
                            {"scaled_tanh", {Kind::scaled_tanh, 1.0f, 1.0f}},
                            {"hard_sigmoid", {Kind::hard_sigmoid, 0.2f, 0.5f}},
                            {"elu", {Kind::elu, 1.0f, 0.0f}},
                            {"softsign", {Kind::softsign}},
                            {"softplus", {Kind::softplus}}};

// The number at the beginning of the text, which is then taken off, or nothing.
std::optional<float> take_number(std::string_view& text) {
  float value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) return {};
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return value;
}

// "elu(0.5)" at the beginning of the text, which is then taken off with the comma behind it.
std::optional<CellActivation> take(std::string_view& text) {
  const size_t end = std::min(text.find_first_of("(,"), text.size());
  const auto found = std::ranges::find(kNamed, text.substr(0, end), &Named::name);
  if (found == std::end(kNamed)) return {};
  CellActivation activation = found->activation;
  text.remove_prefix(end);
  if (text.starts_with('(')) {
    for (float* parameter : {&activation.alpha, &activation.beta}) {
      text.remove_prefix(1);
      const auto number = take_number(text);
      if (!number || text.empty()) return {};
      *parameter = *number;
      if (!text.starts_with(',')) break;
    }
    if (!text.starts_with(')')) return {};
    text.remove_prefix(1);
  }
  if (!text.empty() && !text.starts_with(',')) return {};
  if (!text.empty()) text.remove_prefix(1);
  return activation;
}

}  // namespace

std::optional<std::vector<CellActivation>> parse_activations(std::string_view text, size_t count) {
  std::vector<CellActivation> all;
  while (!text.empty() && all.size() < count) {
    const auto activation = take(text);
    if (!activation) return {};
    all.push_back(*activation);
  }
  if (!text.empty() || all.size() != count) return {};
  return all;
}

double apply(const CellActivation& activation, double x) {
  const auto alpha = static_cast<double>(activation.alpha);
  const auto beta = static_cast<double>(activation.beta);
  switch (activation.kind) {
    case Kind::sigmoid:
      return 1 / (1 + std::exp(-x));
    case Kind::tanh:
      return std::tanh(x);
    case Kind::relu:
      return x < 0 ? 0 : x;
    case Kind::affine:
      return alpha * x + beta;
    case Kind::leaky_relu:
      return x < 0 ? alpha * x : x;
    case Kind::thresholded_relu:
      return x < alpha ? 0 : x;
    case Kind::scaled_tanh:
      return alpha * std::tanh(beta * x);
    case Kind::hard_sigmoid: {
      const double y = alpha * x + beta;
      return y < 0 ? 0 : y > 1 ? 1 : y;
    }
    case Kind::elu:
      return x < 0 ? alpha * std::expm1(x) : x;
    case Kind::softsign:
      return x / (1 + std::fabs(x));
    case Kind::softplus:
      return x > 30 ? x : std::log1p(std::exp(x));
  }
  return x;
}

}  // namespace hone
