#include <algorithm>
#include <utility>

#include "ir/rewrite.h"
#include "ops/batch_matmul/op.h"
#include "ops/sdpa/op.h"
#include "ops/shape_rules.h"
#include "ops/softmax/op.h"
#include "ops/transpose/op.h"
#include "passes/fold.h"
#include "passes/matcher.h"
#include "passes/recognize.h"

namespace hone::passes {
namespace {

using namespace ir;

// All of 4 axes, [batch, heads, sequence, size].
struct Attention {
  ValueId q, v, mask;
  const Node* keys = nullptr;  // the transpose that makes k^T
  double scale = 1;
};

class AttentionMatcher {
 public:
  explicit AttentionMatcher(const Matcher& match) : match_(match) {}

  // value = softmax(scale q k^T + mask) v
  std::optional<Attention> find(ValueId value) const {
    const Node* whole = plain_product(value);
    const Node* softmax = whole == nullptr ? nullptr : softmax_of(whole->operands[0]);
    if (softmax == nullptr || !has_4_axes(whole->operands[1])) return {};
    ValueId scores = softmax->operands[0];
    Attention found{.q = {}, .v = whole->operands[1], .mask = {}};
    if (const auto sum = masked(scores)) {
      scores = sum->first;
      found.mask = sum->second;
    }
    const Product scaled = match_.product(scores);
    const Node* product = scaled.others.size() == 1 ? plain_product(scaled.others[0]) : nullptr;
    if (product == nullptr) return {};
    found.scale = scaled.number;
    return find_operands(*product, found) ? std::optional(found) : std::nullopt;
  }

 private:
  // a b of nothing else. Scores that are read elsewhere, too, are computed twice: attention does
  // without storing them.
  const Node* plain_product(ValueId value) const {
    const Node* node = match_.maker(value, "batch_matmul");
    if (node == nullptr || (node->operands.size() > 2 && node->operands[2])) return nullptr;
    const auto& attrs = node->attrs.as<BatchMatmulAttrs>();
    return attrs.trans_a || attrs.trans_b || attrs.alpha != 1 ? nullptr : node;
  }

  const Node* softmax_of(ValueId value) const {
    const Node* node = match_.maker(value, "softmax");
    if (node == nullptr || match_.uses(value) != 1) return nullptr;
    const auto& attrs = node->attrs.as<SoftmaxAttrs>();
    const bool rows = attrs.axis == -1 || attrs.axis == 3;
    return attrs.kind == SoftmaxAttrs::Kind::softmax && rows && !attrs.to_end ? node : nullptr;
  }

  // scores + mask, where the mask is told by its axes.
  std::optional<std::pair<ValueId, ValueId>> masked(ValueId value) const {
    const auto pair = match_.binary(value, BinaryKind::add);
    if (!pair) return {};
    for (const size_t i : {0u, 1u}) {
      const Product scaled = match_.product((*pair)[i]);
      if (scaled.others.size() != 1 || plain_product(scaled.others[0]) == nullptr) continue;
      if (is_mask((*pair)[1 - i])) return {{(*pair)[i], (*pair)[1 - i]}};
    }
    return {};
  }
  bool is_mask(ValueId value) const {
    const Type& type = match_.graph()[value].type;
    if (!type.is_tensor() || type.tensor.dtype != DType::f32) return false;
    const Shape& shape = type.tensor.shape;
    return !shape.empty() && shape.size() <= 4;
  }

  // Numbers by which q and k are multiplied become part of the scale.
  bool find_operands(const Node& product, Attention& found) const {
    const Product q = match_.product(product.operands[0]);
    const Product k = match_.product(product.operands[1]);
    if (q.others.size() != 1 || k.others.size() != 1) return false;
    found.q = q.others[0];
    found.keys = match_.maker(k.others[0], "transpose");
    found.scale *= q.number * k.number;
    return has_4_axes(found.q) && found.keys != nullptr && found.scale > 0 &&
           found.keys->attrs.as<TransposeAttrs>().perm.size() == 4 &&
           have_same_heads(found.q, k.others[0]) && have_same_heads(found.q, found.v);
  }

  // A product broadcasts batches and heads, attention does not.
  bool have_same_heads(ValueId a, ValueId b) const {
    const Type &left = match_.graph()[a].type, &right = match_.graph()[b].type;
    if (!left.is_tensor() || !right.is_tensor()) return true;
    const auto equal = [&](size_t axis) {
      const Dim a_size = left.tensor.shape[axis], b_size = right.tensor.shape[axis];
      return may_equal(a_size, b_size) && (a_size == Dim(1)) == (b_size == Dim(1));
    };
    return equal(0) && equal(1);
  }

  bool has_4_axes(ValueId value) const {
    const Type& type = match_.graph()[value].type;
    if (type.is_tensor()) return type.tensor.dtype == DType::f32 && type.tensor.shape.size() == 4;
    const Node* node = match_.maker(value, "transpose");
    return node != nullptr && node->attrs.as<TransposeAttrs>().perm.size() == 4;
  }

  const Matcher& match_;
};

Status emit(const Graph& graph, const Attention& found, ValueId result, Rewriter& rewriter) {
  TransposeAttrs order = found.keys->attrs.as<TransposeAttrs>();
  std::swap(order.perm[2], order.perm[3]);
  const std::string& name = graph[result].name;
  ValueId k = rewriter(found.keys->operands[0]);
  if (!std::ranges::is_sorted(order.perm)) {
    HONE_TRY(k, rewriter.add("transpose", rewriter.free_name(cat(name, "/k")), order, {k}, {}));
  }
  const SdpaAttrs attrs{.scale = static_cast<float>(found.scale), .whole_mask = true};
  HONE_TRY([[maybe_unused]] const ValueId made,
           rewriter.add("sdpa", name, attrs,
                        {rewriter(found.q), k, rewriter(found.v), rewriter(found.mask), {}, {}, {}},
                        result));
  return {};
}

}  // namespace

Expected<Graph> recognize_attention(const Graph& graph, const TargetDesc&) {
  const Matcher match(graph);
  const AttentionMatcher attention(match);
  Rewriter rewriter(graph);
  for (const Node& node : graph.nodes) {
    const auto found =
        node.op->name == "batch_matmul" ? attention.find(node.results[0]) : std::nullopt;
    if (found) {
      HONE_RETURN_IF_ERROR(emit(graph, *found, node.results[0], rewriter));
    } else {
      HONE_RETURN_IF_ERROR(rewriter.keep(node));
    }
  }
  return drop_dead(std::move(rewriter).finish(), {});
}

}  // namespace hone::passes
