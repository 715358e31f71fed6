#include "ir/verify.h"

#include "tensor/view.h"

namespace hone::ir {
namespace {

bool in_range(const Graph& graph, ValueId id) {
  return id && static_cast<size_t>(id.index) < graph.values.size();
}

Status verify_constant(const Value& value) {
  std::vector<int64_t> sizes;
  for (const Dim& dim : value.type.tensor.shape) {
    if (dim.is_symbol()) return fail(Code::corrupt, "a constant has a symbolic axis");
    sizes.push_back(dim.value());
  }
  const int64_t expected = size_bytes(value.type.tensor.dtype, Dims(sizes));
  if (static_cast<int64_t>(value.constant.bytes.size()) != expected) {
    return fail(Code::corrupt, "holds ", value.constant.bytes.size(), " bytes instead of ",
                expected);
  }
  return {};
}

Status verify_values(const Graph& graph) {
  for (size_t i = 0; i < graph.values.size(); ++i) {
    const Value& value = graph.values[i];
    const ValueId named = graph.find(value.name);
    if (!named) return fail(Code::internal, "value '", value.name, "' cannot be found by its name");
    if (named.index != static_cast<int32_t>(i)) {
      return fail(Code::corrupt, "two values are named '", printable(value.name), "'");
    }
    for (const Dim& dim : value.type.tensor.shape) {
      if (dim.is_symbol() && !dim.is_unknown() &&
          static_cast<size_t>(dim.symbol_index()) >= graph.symbols.size()) {
        return fail(Code::corrupt, "value '", value.name, "' has an unknown symbol");
      }
    }
    if (value.kind != ValueKind::constant) continue;
    if (Status status = verify_constant(value); !status) {
      return std::unexpected(
          std::move(status).error().context(cat("constant '", printable(value.name), "'")));
    }
  }
  return {};
}

Status verify_types(const Graph& graph, const Node& node) {
  if (node.op->runs == Runs::on_host) return {};
  std::vector<OperandType> types(node.operands.size());
  std::vector<const OperandType*> pointers(node.operands.size(), nullptr);
  for (size_t i = 0; i < node.operands.size(); ++i) {
    if (!node.operands[i]) continue;
    if (!graph[node.operands[i]].type.is_tensor()) return {};  // its type is known only when run
    types[i] = operand_type(graph[node.operands[i]]);
    pointers[i] = &types[i];
  }
  HONE_TRY(const std::vector<TensorType> inferred, node.op->infer(node.attrs, pointers));
  if (inferred.empty()) return {};
  if (inferred.size() != node.results.size()) {
    return fail(Code::corrupt, "has ", node.results.size(), " results instead of ",
                inferred.size());
  }
  for (size_t i = 0; i < inferred.size(); ++i) {
    const Type& stored = graph[node.results[i]].type;
    if (Type(inferred[i]) != stored) {
      return fail(Code::corrupt, "result ", i, " is ", to_text(stored, graph.symbols),
                  " but must be ", to_text(inferred[i], graph.symbols));
    }
  }
  return {};
}

Status verify_node(const Graph& graph, size_t index, std::vector<bool>& made) {
  const Node& node = graph.nodes[index];
  const size_t fixed = node.op->operands.size() - (node.op->is_variadic() ? 1 : 0);
  if (node.operands.size() < fixed || (node.operands.size() > fixed && !node.op->is_variadic())) {
    return fail(Code::corrupt, "wrong number of operands");
  }
  for (size_t i = 0; i < node.operands.size(); ++i) {
    const ValueId operand = node.operands[i];
    if (!operand) {
      const std::string_view name = node.op->operands[std::min(i, node.op->operands.size() - 1)];
      if (name.ends_with('?') || name.ends_with('*')) continue;
      return fail(Code::corrupt, "operand '", name, "' is missing");
    }
    if (!in_range(graph, operand)) return fail(Code::corrupt, "an operand is out of range");
    if (!made[static_cast<size_t>(operand.index)]) {
      return fail(Code::corrupt, "uses '", graph[operand].name, "' before it is made");
    }
  }
  for (const ValueId result : node.results) {
    if (!in_range(graph, result) || graph[result].producer.index != static_cast<int32_t>(index)) {
      return fail(Code::corrupt, "a result does not name it as its producer");
    }
    made[static_cast<size_t>(result.index)] = true;
  }
  for (const Graph& body : node.subgraphs) {
    if (Status status = verify(body); !status) {
      return std::unexpected(std::move(status).error().context(cat("body '", body.name, "'")));
    }
  }
  return verify_types(graph, node);
}

}  // namespace

Status verify(const Graph& graph) {
  HONE_RETURN_IF_ERROR(verify_values(graph));
  std::vector<bool> made(graph.values.size());
  for (size_t i = 0; i < made.size(); ++i) made[i] = graph.values[i].kind != ValueKind::result;
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    if (node.op == nullptr) return fail(Code::corrupt, "node ", i, " has no op");
    if (Status status = verify_node(graph, i, made); !status) {
      return std::unexpected(std::move(status).error().context(
          cat("node '", printable(node.name), "' (", node.op->name, ")")));
    }
  }
  if (graph.outputs.empty()) return fail(Code::corrupt, "the graph has no outputs");
  for (const ValueId output : graph.outputs) {
    if (!in_range(graph, output) || !made[static_cast<size_t>(output.index)]) {
      return fail(Code::corrupt, "an output is never made");
    }
  }
  return {};
}

}  // namespace hone::ir
