#include "ir/rewrite.h"

namespace hone::ir {

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

}  // namespace hone::ir
