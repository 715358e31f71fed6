// Rewriting: a new graph built from an old one, node by node, with some nodes replaced or left out.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "ir/graph.h"

namespace hone::ir {

// Rewriter r(std::move(old)); for each node: r.keep(node) or r.add(...) + r.replace(old, new);
// then std::move(r).finish().
class Rewriter {
 public:
  // Inputs, states and constants are carried over at once, but for those that `wanted` refuses.
  explicit Rewriter(const Graph& source, const std::function<bool(ValueId)>& wanted = {});

  // Where a value of the source stands in the new graph.
  ValueId operator()(ValueId old) const {
    return old ? map_[static_cast<size_t>(old.index)] : ValueId{};
  }
  // Carries a node over with its operands mapped.
  Status keep(const Node& node);
  // Adds a node whose operands are of the new graph; the first result stands for `replaces`.
  Expected<ValueId> add(std::string_view op, std::string_view name, Attrs attrs,
                        std::vector<ValueId> operands, ValueId replaces);
  // From now on `old` stands for a value that the new graph has already.
  void replace(ValueId old, ValueId replacement) {
    map_[static_cast<size_t>(old.index)] = replacement;
  }
  // A constant that stands for a value of the source and has its name.
  void add_constant(ValueId replaces, TensorType type,
                    std::shared_ptr<const std::vector<std::byte>> bytes);
  // A constant that the source does not have, named after `name`.
  ValueId new_constant(std::string_view name, TensorType type,
                       std::shared_ptr<const std::vector<std::byte>> bytes);
  // A name that neither graph has: `wanted` itself, if it is free.
  std::string free_name(std::string_view wanted) const;
  const Graph& graph() const { return result_; }
  Graph finish() &&;

 private:
  const Graph& source_;
  Graph result_;
  std::vector<ValueId> map_;
};

// Renames constants of a graph and its bodies so that a name means the same bytes wherever it
// stands: weights are found by name.
void name_constants(Graph& graph);

}  // namespace hone::ir
