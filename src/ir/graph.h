// The one graph IR: values and nodes in vectors, named by strong ids; a value type, freely copied.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/bytes.h"
#include "ops/define.h"
#include "tensor/type.h"

namespace hone::ir {

struct ValueId {
  int32_t index = -1;
  explicit operator bool() const { return index >= 0; }
  bool operator==(const ValueId&) const = default;
};
struct NodeId {
  int32_t index = -1;
  explicit operator bool() const { return index >= 0; }
  bool operator==(const NodeId&) const = default;
};

enum class ValueKind : uint8_t {
  input,     // given at each run
  constant,  // bytes of the model
  state,     // kept between runs, a record a (sequence, position): its type is the record's
  result,    // made by a node
};

// Bytes in the canonical layout of the value's dtype: a view into the mapped source, or into
// `owned`.
struct ConstantData {
  Bytes bytes;
  std::shared_ptr<const std::vector<std::byte>> owned;
};

struct Value {
  std::string name;
  Type type;
  ValueKind kind = ValueKind::result;
  NodeId producer;        // of a result
  ConstantData constant;  // of a constant
};

struct Graph;

struct Node {
  const OpDef* op = nullptr;
  std::string name;
  Attrs attrs;
  std::vector<ValueId> operands;  // an absent optional operand is ValueId{}
  std::vector<ValueId> results;
  std::vector<Graph> subgraphs;  // bodies of branch and loop: they see their own inputs only
};

struct Graph {
  std::string name;
  std::vector<Symbol> symbols;
  std::vector<Value> values;  // added by the functions below, which keep them findable by name
  std::vector<Node> nodes;    // each after the makers of its operands
  std::vector<ValueId> outputs;

  const Value& operator[](ValueId id) const { return values[static_cast<size_t>(id.index)]; }
  Value& operator[](ValueId id) { return values[static_cast<size_t>(id.index)]; }
  const Node& operator[](NodeId id) const { return nodes[static_cast<size_t>(id.index)]; }
  Node& operator[](NodeId id) { return nodes[static_cast<size_t>(id.index)]; }

  Dim add_symbol(Symbol symbol);
  ValueId add_input(std::string_view name, Type type);
  ValueId add_input(std::string_view input_name, TensorType type) {
    return add_input(input_name, Type(std::move(type)));
  }
  ValueId add_state(std::string_view name, TensorType record);
  ValueId add_constant(std::string_view name, TensorType type, Bytes view);
  // A constant of floats that the graph owns.
  ValueId add_floats(std::string_view name, std::span<const float> values);
  // A constant whose bytes the graph owns.
  ValueId add_owned(std::string_view name, TensorType type,
                    std::shared_ptr<const std::vector<std::byte>> bytes);
  // Appends a node, infers its result types and names results after it. The error names the node.
  Expected<std::vector<ValueId>> add_node(const OpDef& op, std::string_view name, Attrs attrs,
                                          std::vector<ValueId> operands);
  // The same for ops that run on the host, whose result types the caller knows.
  std::vector<ValueId> add_host_node(const OpDef& op, std::string_view name, Attrs attrs,
                                     std::vector<ValueId> operands, std::vector<Type> results);

  // A value as it stands, with all its fields.
  ValueId add_value(Value value);
  void rename(ValueId id, std::string_view value_name);
  // The first value of that name, or ValueId{} if there is none; in constant time.
  ValueId find(std::string_view value_name) const;

 private:
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  // Names may stand twice while a graph is being rewritten; verify refuses them.
  std::unordered_multimap<std::string, int32_t, Hash, std::equal_to<>> by_name_;
};

// A value as infer sees it: with its elements if it is a constant.
OperandType operand_type(const Value& value);

// Uses of each value as an operand or output, by value index.
std::vector<int> count_uses(const Graph& graph);

// Adds nodes in a row and keeps the first error, so that a model's code reads straight.
class Builder {
 public:
  explicit Builder(Graph graph = {}) : graph_(std::move(graph)) {}

  Graph& graph() { return graph_; }
  // The first result, or ValueId{} after an error; operands that are ValueId{} are absent.
  ValueId operator()(std::string_view op, std::string_view name, std::vector<ValueId> operands,
                     Attrs attrs = {});
  void fail(Error error);
  bool ok() const { return ok_; }
  // The graph, or the first error.
  Expected<Graph> finish() &&;

 private:
  Graph graph_;
  bool ok_ = true;
  Error error_;
};

}  // namespace hone::ir
