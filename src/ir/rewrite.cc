#include "ir/rewrite.h"

#include <unordered_map>

namespace hone::ir {
namespace {

class ConstantNames {
 public:
  void visit(Graph& graph) {
    for (size_t i = 0; i < graph.values.size(); ++i) {
      if (graph.values[i].kind == ValueKind::constant)
        name(graph, ValueId{static_cast<int32_t>(i)});
    }
    for (Node& node : graph.nodes) {
      for (Graph& body : node.subgraphs) visit(body);
    }
  }

 private:
  using Place = std::pair<const std::byte*, size_t>;

  void name(Graph& graph, ValueId id) {
    const Bytes bytes = graph[id].constant.bytes;
    const Place place{bytes.data(), bytes.size()};
    const std::string wanted = graph[id].name;
    std::string name = wanted;
    while (true) {
      const auto [seen, is_new] = seen_.try_emplace(name, place);
      if (seen->second == place) break;
      do {
        name = cat(wanted, "/", ++last_[wanted]);
      } while (graph.find(name));
    }
    if (name != wanted) graph.rename(id, name);
  }

  std::unordered_map<std::string, Place> seen_;
  std::unordered_map<std::string, int> last_;  // number that a name was given
};

}  // namespace

Rewriter::Rewriter(const Graph& source, const std::function<bool(ValueId)>& wanted)
    : source_(source), map_(source.values.size()) {
  result_.name = source.name;
  result_.symbols = source.symbols;
  for (size_t i = 0; i < source.values.size(); ++i) {
    if (source.values[i].kind == ValueKind::result) continue;
    if (wanted && !wanted({static_cast<int32_t>(i)})) continue;
    map_[i] = result_.add_value(source.values[i]);
  }
}

Status Rewriter::keep(const Node& node) {
  std::vector<ValueId> operands;
  for (const ValueId operand : node.operands) operands.push_back((*this)(operand));
  std::vector<ValueId> results;
  if (node.op->runs == Runs::on_host) {
    std::vector<Type> types;
    for (const ValueId result : node.results) types.push_back(source_[result].type);
    results = result_.add_host_node(*node.op, node.name, node.attrs, std::move(operands), types);
  } else {
    HONE_TRY(results, result_.add_node(*node.op, node.name, node.attrs, std::move(operands)));
  }
  for (size_t i = 0; i < results.size(); ++i) {
    result_.rename(results[i], source_[node.results[i]].name);
    replace(node.results[i], results[i]);
  }
  result_.nodes.back().subgraphs = node.subgraphs;
  return {};
}

Expected<ValueId> Rewriter::add(std::string_view op_name, std::string_view name, Attrs attrs,
                                std::vector<ValueId> operands, ValueId replaces) {
  const OpDef* op = find_op(op_name);
  HONE_CHECK(op != nullptr);
  HONE_TRY(const auto results, result_.add_node(*op, name, std::move(attrs), std::move(operands)));
  if (replaces) replace(replaces, results[0]);
  return results[0];
}

void Rewriter::add_constant(ValueId replaces, TensorType type,
                            std::shared_ptr<const std::vector<std::byte>> bytes) {
  replace(replaces, result_.add_owned(source_[replaces].name, std::move(type), std::move(bytes)));
}

ValueId Rewriter::new_constant(std::string_view name, TensorType type,
                               std::shared_ptr<const std::vector<std::byte>> bytes) {
  return result_.add_owned(free_name(name), std::move(type), std::move(bytes));
}

std::string Rewriter::free_name(std::string_view wanted) const {
  std::string name(wanted);
  for (int i = 1; source_.find(name) || result_.find(name); ++i) name = cat(wanted, "_", i);
  return name;
}

Graph Rewriter::finish() && {
  for (const ValueId output : source_.outputs) result_.outputs.push_back((*this)(output));
  return std::move(result_);
}

void name_constants(Graph& graph) { ConstantNames().visit(graph); }

}  // namespace hone::ir
