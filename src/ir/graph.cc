#include "ir/graph.h"

#include <algorithm>
#include <cstring>

#include "tensor/tensor.h"

namespace hone::ir {
namespace {

// Trailing optional operands may be left out by the caller; all are stored.
Status complete_operands(const OpDef& op, std::vector<ValueId>& operands) {
  const size_t fixed = op.operands.size() - (op.is_variadic() ? 1 : 0);
  if (operands.size() > op.operands.size() && !op.is_variadic()) {
    return fail(Code::invalid_argument, op.name, " takes at most ", op.operands.size(),
                " operands");
  }
  operands.resize(std::max(operands.size(), fixed));
  for (size_t i = 0; i < fixed; ++i) {
    if (!operands[i] && !op.operands[i].ends_with('?')) {
      return fail(Code::invalid_argument, op.name, " lacks its operand '", op.operands[i], "'");
    }
  }
  return {};
}

std::string result_label(const OpDef& op, size_t index) {
  if (index < op.results.size() && !op.results[index].ends_with('*')) {
    return std::string(op.results[index]);
  }
  return cat("result", index);
}

std::vector<ValueId> append(Graph& graph, const OpDef& op, std::string_view node_name, Attrs attrs,
                            std::vector<ValueId> operands, std::span<const Type> inferred) {
  Node node{.op = &op,
            .name = std::string(node_name),
            .attrs = std::move(attrs),
            .operands = std::move(operands),
            .results = {},
            .subgraphs = {}};
  const NodeId id{static_cast<int32_t>(graph.nodes.size())};
  for (size_t i = 0; i < inferred.size(); ++i) {
    std::string result_name = i == 0 ? node.name : cat(node.name, ".", result_label(op, i));
    node.results.push_back(graph.add_value({.name = std::move(result_name),
                                            .type = inferred[i],
                                            .kind = ValueKind::result,
                                            .producer = id,
                                            .constant = {}}));
  }
  graph.nodes.push_back(std::move(node));
  return graph.nodes.back().results;
}

// Whether kernels could hold a tensor of this type, as far as its sizes are known.
Status check_size(const TensorType& type) {
  if (type.shape.size() > kMaxRank) {
    return fail(Code::unsupported, "a result has ", type.shape.size(), " axes; hone takes ",
                kMaxRank);
  }
  if (!is_static(type.shape)) return {};
  const auto bytes = checked_bytes(type.dtype, Dims(type.shape, {}));
  if (!bytes) return std::unexpected(bytes.error());
  return {};
}

// Types of an op's results; unknown if they depend on what is known only when run.
Expected<std::vector<Type>> infer_types(const Graph& graph, const OpDef& op, const Attrs& attrs,
                                        std::span<const ValueId> operands) {
  std::vector<OperandType> types(operands.size());
  std::vector<const OperandType*> pointers(operands.size(), nullptr);
  const size_t results = std::max<size_t>(1, op.results.size());
  for (size_t i = 0; i < operands.size(); ++i) {
    if (!operands[i]) continue;
    const Value& value = graph[operands[i]];
    if (!value.type.is_tensor()) return std::vector(results, Type::unknown());
    types[i] = operand_type(value);
    pointers[i] = &types[i];
  }
  HONE_TRY(std::vector<TensorType> inferred, op.infer(attrs, pointers));
  if (inferred.empty()) return std::vector(results, Type::unknown());
  for (const TensorType& type : inferred) HONE_RETURN_IF_ERROR(check_size(type));
  return std::vector<Type>(inferred.begin(), inferred.end());
}

}  // namespace

OperandType operand_type(const Value& value) {
  OperandType type{value.type.tensor, {}};
  if (value.kind == ValueKind::constant && is_static(type.shape)) {
    static constexpr std::byte kNoBytes{};  // an empty constant is known too
    const std::byte* data = value.constant.bytes.empty() ? &kNoBytes : value.constant.bytes.data();
    type.known = {data, type.dtype, Dims(type.shape, {})};
  }
  return type;
}

Dim Graph::add_symbol(Symbol symbol) {
  symbols.push_back(std::move(symbol));
  return Dim::symbol(static_cast<int32_t>(symbols.size() - 1));
}

ValueId Graph::add_input(std::string_view input_name, Type type) {
  return add_value({.name = std::string(input_name),
                    .type = std::move(type),
                    .kind = ValueKind::input,
                    .producer = {},
                    .constant = {}});
}

ValueId Graph::add_state(std::string_view state_name, TensorType record) {
  return add_value({.name = std::string(state_name),
                    .type = std::move(record),
                    .kind = ValueKind::state,
                    .producer = {},
                    .constant = {}});
}

ValueId Graph::add_constant(std::string_view constant_name, TensorType type, Bytes view) {
  return add_value({.name = std::string(constant_name),
                    .type = std::move(type),
                    .kind = ValueKind::constant,
                    .producer = {},
                    .constant = {view, nullptr}});
}

ValueId Graph::add_floats(std::string_view constant_name, std::span<const float> floats) {
  auto owned = std::make_shared<std::vector<std::byte>>(floats.size_bytes());
  std::memcpy(owned->data(), floats.data(), floats.size_bytes());
  TensorType type{DType::f32, {Dim(static_cast<int64_t>(floats.size()))}};
  return add_owned(constant_name, std::move(type), std::move(owned));
}

ValueId Graph::add_owned(std::string_view constant_name, TensorType type,
                         std::shared_ptr<const std::vector<std::byte>> bytes) {
  const ValueId id = add_constant(constant_name, std::move(type), *bytes);
  (*this)[id].constant.owned = std::move(bytes);
  return id;
}

Expected<std::vector<ValueId>> Graph::add_node(const OpDef& op, std::string_view node_name,
                                               Attrs attrs, std::vector<ValueId> operands) {
  const auto where = [&] { return cat("node '", node_name, "' (", op.name, ")"); };
  if (Status status = complete_operands(op, operands); !status) {
    return std::unexpected(std::move(status).error().context(where()));
  }
  HONE_TRY_CONTEXT(std::vector<Type> inferred, infer_types(*this, op, attrs, operands), where());
  return append(*this, op, node_name, std::move(attrs), std::move(operands), inferred);
}

std::vector<ValueId> Graph::add_host_node(const OpDef& op, std::string_view node_name, Attrs attrs,
                                          std::vector<ValueId> operands,
                                          std::vector<Type> results) {
  return append(*this, op, node_name, std::move(attrs), std::move(operands), results);
}

ValueId Graph::add_value(Value value) {
  const ValueId id{static_cast<int32_t>(values.size())};
  by_name_.emplace(value.name, id.index);
  values.push_back(std::move(value));
  return id;
}

void Graph::rename(ValueId id, std::string_view value_name) {
  Value& value = (*this)[id];
  const auto [first, last] = by_name_.equal_range(value.name);
  const auto entry = std::find_if(first, last, [&](const auto& e) { return e.second == id.index; });
  if (entry != last) by_name_.erase(entry);
  value.name = value_name;
  by_name_.emplace(value.name, id.index);
}

ValueId Graph::find(std::string_view value_name) const {
  ValueId id;
  const auto [first, last] = by_name_.equal_range(value_name);
  for (auto entry = first; entry != last; ++entry) {
    if (!id || entry->second < id.index) id.index = entry->second;
  }
  return id;
}

std::vector<int> count_uses(const Graph& graph) {
  std::vector<int> uses(graph.values.size(), 0);
  for (const Node& node : graph.nodes) {
    for (const ValueId operand : node.operands) {
      if (operand) ++uses[static_cast<size_t>(operand.index)];
    }
  }
  for (const ValueId output : graph.outputs) ++uses[static_cast<size_t>(output.index)];
  return uses;
}

ValueId Builder::operator()(std::string_view op_name, std::string_view name,
                            std::vector<ValueId> operands, Attrs attrs) {
  if (!ok_) return {};
  const OpDef* op = find_op(op_name);
  HONE_CHECK(op != nullptr);
  // A struct of the wrong type would be a bug of the caller; none at all means the defaults.
  if (attrs == Attrs(NoAttrs{})) attrs = op->default_attrs();
  auto results = graph_.add_node(*op, name, std::move(attrs), std::move(operands));
  if (!results) {
    fail(std::move(results).error());
    return {};
  }
  return results->front();
}

void Builder::fail(Error error) {
  if (!ok_) return;
  ok_ = false;
  error_ = std::move(error);
}

Expected<Graph> Builder::finish() && {
  if (!ok_) return std::unexpected(std::move(error_));
  return std::move(graph_);
}

}  // namespace hone::ir
