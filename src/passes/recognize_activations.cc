#include <algorithm>
#include <numbers>

#include "ir/rewrite.h"
#include "passes/fold.h"
#include "passes/matcher.h"
#include "passes/recognize.h"

namespace hone::passes {
namespace {

using namespace ir;

struct Found {
  ValueId x;
  UnaryAttrs attrs;
};

// The products of two values in which each is tried as x.
class ActivationMatcher {
 public:
  explicit ActivationMatcher(const Matcher& match) : match_(match) {}

  std::optional<Found> find(ValueId value) const {
    const bool is_product =
        match_.binary(value, BinaryKind::mul) || match_.binary(value, BinaryKind::div);
    if (!is_product) return {};
    const Product product = match_.product(value);
    if (product.others.size() != 2) return {};
    for (const size_t i : {0u, 1u}) {
      const ValueId x = product.others[i], gate = product.others[1 - i];
      if (const auto attrs = gated(x, gate, product.number)) return Found{x, *attrs};
    }
    return {};
  }

 private:
  std::optional<UnaryAttrs> gated(ValueId x, ValueId gate, double number) const {
    if (is_about(number, 0.5)) return gelu(x, gate);
    if (is_about(number, 1.0 / 6) && is_shifted_clip(x, gate)) return {{UnaryKind::hard_swish}};
    if (number != 1) return {};
    if (const auto inner = match_.unary(gate, UnaryKind::sigmoid)) return swish(x, *inner);
    if (is_hard_sigmoid(x, gate)) return {{UnaryKind::hard_swish}};
    const auto inner = match_.unary(gate, UnaryKind::tanh);
    if (inner && match_.unary(*inner, UnaryKind::softplus) == x) return {{UnaryKind::mish}};
    return {};
  }

  // gate = 1 + erf(x / sqrt 2), or 1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))
  std::optional<UnaryAttrs> gelu(ValueId x, ValueId gate) const {
    const auto inner = match_.plus(gate, 1);
    if (!inner) return {};
    if (const auto t = match_.unary(*inner, UnaryKind::erf)) {
      if (match_.scaled(*t, 1 / std::numbers::sqrt2) == x) return {{UnaryKind::gelu}};
    }
    const auto t = match_.unary(*inner, UnaryKind::tanh);
    const auto sum = t ? match_.scaled(*t, kRootOf2ByPi) : std::nullopt;
    const auto pair = sum ? match_.binary(*sum, BinaryKind::add) : std::nullopt;
    if (!pair) return {};
    for (const size_t i : {0u, 1u}) {
      if ((*pair)[i] == x && is_cube((*pair)[1 - i], x)) return {{UnaryKind::gelu_tanh}};
    }
    return {};
  }

  // 0.044715 x^3
  bool is_cube(ValueId value, ValueId x) const {
    const Product product = match_.product(value);
    if (!is_about(product.number, 0.044715)) return false;
    int power = 0;
    for (const ValueId factor : product.others) {
      const auto pair = match_.binary(factor, BinaryKind::pow);
      const auto exponent = pair ? match_.number((*pair)[1]) : std::optional(1.0);
      if ((pair ? (*pair)[0] : factor) != x) return false;
      if (exponent != 1 && exponent != 2 && exponent != 3) return false;
      power += static_cast<int>(*exponent);
    }
    return power == 3;
  }

  std::optional<UnaryAttrs> swish(ValueId x, ValueId inner) const {
    if (inner == x) return {{UnaryKind::silu}};
    const Product product = match_.product(inner);
    if (product.others != std::vector{x}) return {};
    return {{UnaryKind::swish, static_cast<float>(product.number)}};
  }

  bool is_hard_sigmoid(ValueId x, ValueId gate) const {
    const Node* node = match_.maker(gate, "unary");
    if (node == nullptr || node->operands[0] != x) return false;
    const auto& attrs = node->attrs.as<UnaryAttrs>();
    return attrs.kind == UnaryKind::hard_sigmoid && is_about(attrs.alpha, 1.0 / 6) &&
           is_about(attrs.beta, 0.5);
  }

  // gate = min(max(x + 3, 0), 6), in any order
  bool is_shifted_clip(ValueId x, ValueId gate) const {
    const auto upper = bounded(gate, BinaryKind::min, 6);
    const auto lower = upper ? bounded(*upper, BinaryKind::max, 0) : lower_of_relu(gate);
    return lower && match_.plus(*lower, 3) == x;
  }
  std::optional<ValueId> lower_of_relu(ValueId gate) const {
    const auto lower = bounded(gate, BinaryKind::max, 0);
    return lower ? bounded(*lower, BinaryKind::min, 6) : std::nullopt;
  }
  std::optional<ValueId> bounded(ValueId value, BinaryKind kind, double bound) const {
    const auto pair = match_.binary(value, kind);
    if (pair && match_.number((*pair)[1]) == bound) return (*pair)[0];
    if (pair && match_.number((*pair)[0]) == bound) return (*pair)[1];
    return bound == 0 ? match_.unary(value, UnaryKind::relu) : std::nullopt;
  }

  static constexpr double kRootOf2ByPi = 0.7978845608028654;

  const Matcher& match_;
};

}  // namespace

Expected<Graph> recognize_activations(const Graph& graph, const TargetDesc&) {
  const Matcher match(graph);
  const ActivationMatcher activations(match);
  Rewriter rewriter(graph);
  for (const Node& node : graph.nodes) {
    const auto found = node.op->name == "binary" ? activations.find(node.results[0]) : std::nullopt;
    if (!found) {
      HONE_RETURN_IF_ERROR(rewriter.keep(node));
      continue;
    }
    HONE_TRY([[maybe_unused]] const ValueId made,
             rewriter.add("unary", graph[node.results[0]].name, found->attrs, {rewriter(found->x)},
                          node.results[0]));
  }
  return drop_dead(std::move(rewriter).finish(), {});
}

}  // namespace hone::passes
