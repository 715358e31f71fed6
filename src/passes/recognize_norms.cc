#include "ir/rewrite.h"
#include "ops/normalize/op.h"
#include "ops/reduce/op.h"
#include "passes/fold.h"
#include "passes/matcher.h"
#include "passes/recognize.h"

namespace hone::passes {
namespace {

using namespace ir;

struct Norm {
  ValueId x, scale, bias;
  NormalizeAttrs attrs;
};

class NormMatcher {
 public:
  explicit NormMatcher(const Matcher& match) : match_(match) {}

  std::optional<Norm> find(ValueId value) const {
    if (const auto bare = find_bare(value)) return bare;
    if (const auto scaled = find_scaled(value)) return scaled;
    return find_shifted(value);
  }

 private:
  // With the vector that it is combined with.
  struct Combined {
    ValueId norm, vector;
  };
  std::optional<Combined> combined(ValueId value, BinaryKind kind) const {
    const auto pair = match_.binary(value, kind);
    if (!pair) return {};
    for (const size_t i : {0u, 1u}) {
      if (match_.is_vector((*pair)[i])) return Combined{(*pair)[1 - i], (*pair)[i]};
    }
    return {};
  }

  std::optional<Norm> find_shifted(ValueId value) const {
    const auto sum = combined(value, BinaryKind::add);
    auto norm = sum ? find_scaled(sum->norm) : std::nullopt;
    if (!norm || norm->attrs.kind != NormalizeAttrs::Kind::layer) return {};
    if (length(sum->vector) != length(norm->scale)) return {};
    norm->bias = sum->vector;
    return norm;
  }

  std::optional<Norm> find_scaled(ValueId value) const {
    const auto product = combined(value, BinaryKind::mul);
    auto norm = product ? find_bare(product->norm) : std::nullopt;
    if (!norm || !has_length(norm->x, length(product->vector))) return {};
    norm->scale = product->vector;
    return norm;
  }

  // d / sqrt(mean(d^2) + eps), where d is x less its mean, or x itself.
  std::optional<Norm> find_bare(ValueId value) const {
    const auto root = divided_by_root(value);
    if (!root) return {};
    const auto& [d, radicand] = *root;
    const auto sum = match_.binary(radicand, BinaryKind::add);
    if (!sum) return {};
    for (const size_t i : {0u, 1u}) {
      const auto eps = match_.number((*sum)[i]);
      const auto square = eps && *eps >= 0 ? mean_of((*sum)[1 - i]) : std::nullopt;
      if (!square || !is_square(*square, d)) continue;
      NormalizeAttrs attrs{.eps = static_cast<float>(*eps)};
      if (const auto x = centered(d)) return Norm{*x, {}, {}, attrs};
      attrs.kind = NormalizeAttrs::Kind::rms;
      return Norm{d, {}, {}, attrs};
    }
    return {};
  }

  struct Quotient {
    ValueId above, radicand;
  };
  // d / sqrt(v), d * (1 / sqrt(v))
  std::optional<Quotient> divided_by_root(ValueId value) const {
    if (const auto pair = match_.binary(value, BinaryKind::div)) {
      const auto radicand = match_.unary((*pair)[1], UnaryKind::sqrt);
      if (!radicand) return {};
      return Quotient{(*pair)[0], *radicand};
    }
    const auto pair = match_.binary(value, BinaryKind::mul);
    for (const size_t i : {0u, 1u}) {
      const auto root = pair ? inverted((*pair)[i]) : std::nullopt;
      const auto radicand = root ? match_.unary(*root, UnaryKind::sqrt) : std::nullopt;
      if (radicand) return Quotient{(*pair)[1 - i], *radicand};
    }
    return {};
  }
  std::optional<ValueId> inverted(ValueId value) const {
    if (const auto inner = match_.unary(value, UnaryKind::reciprocal)) return inner;
    const auto pair = match_.binary(value, BinaryKind::div);
    if (!pair || match_.number((*pair)[0]) != 1) return {};
    return (*pair)[1];
  }

  // The mean of the last axis, which stays as one of size 1.
  std::optional<ValueId> mean_of(ValueId value) const {
    const Node* node = match_.maker(value, "reduce");
    if (node == nullptr) return {};
    const auto& attrs = node->attrs.as<ReduceAttrs>();
    const auto axes = match_.reduced(*node);
    if (attrs.kind != ReduceKind::mean || !attrs.keepdims || !axes || axes->size() != 1) return {};
    const ValueId x = node->operands[0];
    const int64_t axis = (*axes)[0];
    const Type& type = match_.graph()[x].type;
    const bool is_last =
        axis == -1 || (axis >= 0 && type.is_tensor() && std::ssize(type.tensor.shape) == axis + 1);
    if (!is_last) return {};
    return x;
  }

  bool is_square(ValueId value, ValueId of) const {
    if (const auto pair = match_.binary(value, BinaryKind::mul)) {
      return (*pair)[0] == of && (*pair)[1] == of;
    }
    const auto pair = match_.binary(value, BinaryKind::pow);
    return pair && (*pair)[0] == of && match_.number((*pair)[1]) == 2;
  }

  std::optional<ValueId> centered(ValueId d) const {
    const auto pair = match_.binary(d, BinaryKind::sub);
    if (!pair || mean_of((*pair)[1]) != (*pair)[0]) return {};
    return (*pair)[0];
  }

  int64_t length(ValueId vector) const {
    return match_.graph()[vector].type.tensor.shape[0].value();
  }
  // Of the last axis; where it is not known, a vector of more than one element must fit it.
  bool has_length(ValueId x, int64_t length) const {
    const Type& type = match_.graph()[x].type;
    if (!type.is_tensor() || type.tensor.shape.empty()) return length > 1;
    const Dim last = type.tensor.shape.back();
    return last.is_symbol() ? length > 1 : last.value() == length;
  }

  const Matcher& match_;
};

}  // namespace

Expected<Graph> recognize_norms(const Graph& graph, const TargetDesc&) {
  const Matcher match(graph);
  const NormMatcher norms(match);
  Rewriter rewriter(graph);
  for (const Node& node : graph.nodes) {
    const auto found = node.op->name == "binary" ? norms.find(node.results[0]) : std::nullopt;
    if (!found) {
      HONE_RETURN_IF_ERROR(rewriter.keep(node));
      continue;
    }
    std::vector<ValueId> operands{rewriter(found->x), rewriter(found->scale),
                                  rewriter(found->bias)};
    HONE_TRY([[maybe_unused]] const ValueId made,
             rewriter.add("normalize", graph[node.results[0]].name, found->attrs,
                          std::move(operands), node.results[0]));
  }
  return drop_dead(std::move(rewriter).finish(), {});
}

}  // namespace hone::passes
