#include "passes/quantize.h"

#include <algorithm>
#include <map>

#include "ir/rewrite.h"

namespace hone::passes {

using namespace ir;

namespace {

bool may_be_floats(const Type& rows) {
  return !rows.is_tensor() || rows.tensor.dtype == DType::f32;
}

}  // namespace

Expected<Graph> quantize_activations(const Graph& graph, const TargetDesc& target) {
  Rewriter rewriter(graph);
  std::map<int32_t, ValueId> quantized;  // by the rows' value in the source
  for (const Node& node : graph.nodes) {
    const bool multiplies_integers =
        node.op->name == "matmul" && may_be_floats(graph[node.operands[0]].type) &&
        std::ranges::find(target.quantized_matmul, graph[node.operands[1]].type.tensor.dtype) !=
            target.quantized_matmul.end();
    if (!multiplies_integers) {
      HONE_RETURN_IF_ERROR(rewriter.keep(node));
      continue;
    }
    const ValueId rows = node.operands[0];
    ValueId& q8 = quantized[rows.index];
    if (!q8) {
      HONE_TRY(q8, rewriter.add("quantize_rows", cat(graph[rows].name, ".q8"), Attrs(),
                                {rewriter(rows)}, ValueId{}));
    }
    std::vector<ValueId> operands = {q8};
    for (size_t i = 1; i < node.operands.size(); ++i)
      operands.push_back(rewriter(node.operands[i]));
    HONE_TRY([[maybe_unused]] const ValueId product,
             rewriter.add("matmul", node.name, node.attrs, std::move(operands), node.results[0]));
  }
  return std::move(rewriter).finish();
}

}  // namespace hone::passes
