#include "passes/code_grid.h"

#include <cmath>

#include "ops/dequantize/op.h"
#include "ops/quantize/op.h"
#include "ops/quantized.h"
#include "ops/shape_rules.h"

namespace hone::passes {

using namespace ir;

std::optional<std::vector<double>> constant_numbers(const Graph& graph, ValueId id) {
  if (!id || graph[id].kind != ValueKind::constant || !graph[id].type.is_tensor()) return {};
  if (!has_plain_elements(graph[id].type.tensor.dtype)) return {};
  return known_doubles(operand_type(graph[id]));
}

const Node* producer_of(const Graph& graph, ValueId id) {
  return id && graph[id].kind == ValueKind::result ? &graph[graph[id].producer] : nullptr;
}

namespace {

int64_t block_of(const Node& node) {
  return node.op->name == "quantize" ? node.attrs.as<QuantizeAttrs>().block
                                     : node.attrs.as<DequantizeAttrs>().block;
}

}  // namespace

std::optional<CodeGrid> grid_of(const Graph& graph, const Node& node) {
  const bool to_codes = node.op->name == "quantize";
  if ((!to_codes && node.op->name != "dequantize") || block_of(node) != 0) return {};
  const Type &from = graph[node.operands[0]].type, &to = graph[node.results[0]].type;
  if (!from.is_tensor() || !to.is_tensor()) return {};
  const DType real = (to_codes ? from : to).tensor.dtype;
  CodeGrid grid{.dtype = (to_codes ? to : from).tensor.dtype};
  if (!is_code(grid.dtype) || real != DType::f32) return {};
  const auto scale = constant_numbers(graph, node.operands[1]);
  if (!scale || scale->size() != 1 || graph[node.operands[1]].type.tensor.dtype != DType::f32) {
    return {};
  }
  grid.scale = static_cast<float>(scale->front());
  if (!std::isfinite(grid.scale) || grid.scale <= 0) return {};
  if (!node.operands[2]) return grid;
  const auto zero = constant_numbers(graph, node.operands[2]);
  if (!zero || zero->size() != 1) return {};
  grid.zero = static_cast<int64_t>(zero->front());
  return grid;
}

}  // namespace hone::passes
