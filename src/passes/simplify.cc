#include "passes/simplify.h"

#include <algorithm>
#include <map>
#include <numeric>

#include "ir/rewrite.h"
#include "ops/transpose/op.h"
#include "passes/matcher.h"

namespace hone::passes {
namespace {

using namespace ir;

constexpr size_t kSmallConstant = 64;  // bytes of constants that are held against each other

// What two constants have in common that are the same; empty for large ones.
std::string key_of(const Value& constant) {
  const Bytes bytes = constant.constant.bytes;
  if (bytes.size() > kSmallConstant || !constant.type.is_tensor()) return {};
  return cat(to_text(constant.type.tensor, {}), ' ',
             std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

// Does the same whenever its operands are the same.
bool is_pure(const Node& node) {
  const bool keeps_state = !node.op->aliases.empty() && node.op->name != "reshape";
  return node.op->runs != Runs::on_host && node.subgraphs.empty() && !keeps_state;
}

class EqualMerger {
 public:
  explicit EqualMerger(const Graph& graph) : rewriter_(graph) {
    for (size_t i = 0; i < graph.values.size(); ++i) {
      const ValueId id{static_cast<int32_t>(i)};
      if (graph[id].kind != ValueKind::constant) continue;
      const std::string key = key_of(graph[id]);
      if (key.empty()) continue;
      const auto [known, is_new] = constants_.try_emplace(key, rewriter_(id));
      if (!is_new) rewriter_.replace(id, known->second);
    }
  }

  Status take(const Node& node) {
    if (!is_pure(node)) return rewriter_.keep(node);
    std::string key = cat(node.op->name, ' ', node.attrs.text());
    for (const ValueId operand : node.operands) key += cat(' ', rewriter_(operand).index);
    const auto [known, is_new] = nodes_.try_emplace(std::move(key));
    if (is_new) {
      HONE_RETURN_IF_ERROR(rewriter_.keep(node));
      for (const ValueId result : node.results) known->second.push_back(rewriter_(result));
      return {};
    }
    for (size_t i = 0; i < node.results.size(); ++i) {
      rewriter_.replace(node.results[i], known->second[i]);
    }
    return {};
  }

  Graph finish() && { return std::move(rewriter_).finish(); }

 private:
  Rewriter rewriter_;
  std::map<std::string, ValueId> constants_;
  std::map<std::string, std::vector<ValueId>> nodes_;
};

// Numbers beside tensors, without axes.
class NumberShrinker {
 public:
  explicit NumberShrinker(const Graph& graph) : graph_(graph), rewriter_(graph) {}

  Status take(const Node& node) {
    if (node.op->name != "binary") return rewriter_.keep(node);
    const ValueId left = node.operands[0], right = node.operands[1];
    const std::vector operands{beside(left, right), beside(right, left)};
    if (operands[0] == rewriter_(left) && operands[1] == rewriter_(right)) {
      return rewriter_.keep(node);
    }
    HONE_TRY([[maybe_unused]] const ValueId made,
             rewriter_.add("binary", graph_[node.results[0]].name, node.attrs, operands,
                           node.results[0]));
    return {};
  }

  Graph finish() && { return std::move(rewriter_).finish(); }

 private:
  // The operand as it should be.
  ValueId beside(ValueId operand, ValueId other) {
    const Value& value = graph_[operand];
    if (value.kind != ValueKind::constant || !value.type.is_tensor()) return rewriter_(operand);
    const TensorType& type = value.type.tensor;
    const bool is_number =
        !type.shape.empty() &&
        std::ranges::all_of(type.shape, [](const Dim& dim) { return dim == Dim(1); });
    if (!is_number || graph_[other].kind == ValueKind::constant ||
        !graph_[other].type.is_tensor() ||
        graph_[other].type.tensor.shape.size() < type.shape.size()) {
      return rewriter_(operand);
    }
    ValueId& made = numbers_[operand.index];
    if (!made) {
      made = rewriter_.new_constant(value.name, {type.dtype, {}},
                                    std::make_shared<std::vector<std::byte>>(
                                        value.constant.bytes.begin(), value.constant.bytes.end()));
    }
    return made;
  }

  const Graph& graph_;
  Rewriter rewriter_;
  std::map<int32_t, ValueId> numbers_;  // by what they were
};

class IdentityFinder {
 public:
  explicit IdentityFinder(const Graph& graph) : graph_(graph), match_(graph) {}

  // The operand that a node's result is equal to, bit by bit.
  std::optional<ValueId> find(const Node& node) const {
    if (node.results.size() != 1 || node.operands.empty()) return {};
    if (node.op->name == "binary") return find_operand(node);
    const bool keeps = (node.op->name == "transpose" && moves_nothing(node)) ||
                       (node.op->name == "concat" && node.operands.size() == 1) ||
                       (keeps_elements(node) && has_same_type(node));
    if (!keeps) return {};
    return node.operands[0];
  }

 private:
  static bool keeps_elements(const Node& node) {
    return node.op->name == "reshape" || node.op->name == "expand" || node.op->name == "cast";
  }

  bool has_same_type(const Node& node) const {
    const Type& from = graph_[node.operands[0]].type;
    const Type& to = graph_[node.results[0]].type;
    return from.is_tensor() && to.is_tensor() && from.tensor == to.tensor &&
           std::ranges::none_of(from.tensor.shape, &Dim::is_unknown);
  }

  bool moves_nothing(const Node& node) const {
    const auto& perm = node.attrs.as<TransposeAttrs>().perm;
    std::vector<int64_t> same(perm.size());
    std::iota(same.begin(), same.end(), 0);
    return !perm.empty() && perm == same;
  }

  // x * 1, x / 1, x - 0
  std::optional<ValueId> find_operand(const Node& node) const {
    const auto kind = node.attrs.as<BinaryAttrs>().kind;
    const auto is = [&](size_t i, double wanted) {
      return match_.number(node.operands[i]) == wanted;
    };
    if (kind == BinaryKind::mul && is(0, 1)) return node.operands[1];
    const bool same = ((kind == BinaryKind::mul || kind == BinaryKind::div) && is(1, 1)) ||
                      (kind == BinaryKind::sub && is(1, 0));
    if (!same) return {};
    return node.operands[0];
  }

  const Graph& graph_;
  Matcher match_;
};

}  // namespace

Expected<Graph> merge_equal(const Graph& graph, const TargetDesc&) {
  EqualMerger merger(graph);
  for (const Node& node : graph.nodes) HONE_RETURN_IF_ERROR(merger.take(node));
  return std::move(merger).finish();
}

Expected<Graph> shrink_numbers(const Graph& graph, const TargetDesc&) {
  NumberShrinker shrinker(graph);
  for (const Node& node : graph.nodes) HONE_RETURN_IF_ERROR(shrinker.take(node));
  return std::move(shrinker).finish();
}

Expected<Graph> drop_identities(const Graph& graph, const TargetDesc&) {
  const IdentityFinder identities(graph);
  Rewriter rewriter(graph);
  for (const Node& node : graph.nodes) {
    const auto same = identities.find(node);
    if (same) {
      rewriter.replace(node.results[0], rewriter(*same));
    } else {
      HONE_RETURN_IF_ERROR(rewriter.keep(node));
    }
  }
  return std::move(rewriter).finish();
}

}  // namespace hone::passes
