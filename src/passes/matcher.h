// Questions about how a value comes about, for passes that look for patterns. What is not exactly
// so is answered with nothing.
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include "ir/graph.h"
#include "ops/binary/op.h"
#include "ops/unary/op.h"

namespace hone::passes {

// A product as its factors: number * others[0] * others[1] * ...
struct Product {
  double number = 1;
  std::vector<ir::ValueId> others;
};

// Numbers and vectors are f32. The graph must outlive it.
class Matcher {
 public:
  explicit Matcher(const ir::Graph& graph);

  const ir::Graph& graph() const { return graph_; }
  // Uses as an operand or output.
  int uses(ir::ValueId value) const { return uses_[static_cast<size_t>(value.index)]; }

  // The node of that op whose only result it is, or null.
  const ir::Node* maker(ir::ValueId value, std::string_view op) const;
  using Pair = std::array<ir::ValueId, 2>;
  std::optional<Pair> binary(ir::ValueId value, BinaryKind kind) const;
  // What it is a function of.
  std::optional<ir::ValueId> unary(ir::ValueId value, UnaryKind kind) const;
  // A constant of one element without axes, which can stand beside any value and does not enlarge
  // it.
  std::optional<double> number(ir::ValueId value) const;
  // A constant of one axis.
  bool is_vector(ir::ValueId value) const;
  // The axes that a reduction is over, where they do not depend on what is computed.
  std::optional<std::vector<int64_t>> reduced(const ir::Node& reduce) const;

  // A sum of a value and a number, in any order: the value.
  std::optional<ir::ValueId> plus(ir::ValueId sum, double number) const;
  // mul and div by numbers, as far as nothing else reads what is between; at least the value.
  Product product(ir::ValueId value) const;
  // A product of `number` and a single value: that value.
  std::optional<ir::ValueId> scaled(ir::ValueId value, double number) const;

 private:
  void multiply(ir::ValueId value, bool is_whole, Product& product) const;

  const ir::Graph& graph_;
  std::vector<int> uses_;
};

// Equal up to what constants lose that are written with few digits.
bool is_about(double a, double b);

}  // namespace hone::passes
