#include "passes/fuse.h"

#include <set>

#include "ir/rewrite.h"
#include "ops/batch_matmul/op.h"
#include "ops/binary/op.h"
#include "ops/glu/op.h"
#include "ops/rms_norm/op.h"

namespace hone::passes {

using namespace ir;

namespace {

// The node that makes `value` if that value has one use, else null.
const Node* sole_producer(const Graph& graph, const std::vector<int>& uses, ValueId value) {
  if (!value || graph[value].kind != ValueKind::result) return nullptr;
  if (uses[static_cast<size_t>(value.index)] != 1) return nullptr;
  return &graph[graph[value].producer];
}

// The attributes of an op that can quantize its result, set to do so; nothing for other ops.
std::optional<Attrs> quantizing(const Node& node) {
  if (node.op->name == "rms_norm") {
    auto attrs = node.attrs.as<RmsNormAttrs>();
    attrs.result = RowResult::q8_a;
    return attrs;
  }
  if (node.op->name == "glu") {
    auto attrs = node.attrs.as<GluAttrs>();
    attrs.result = RowResult::q8_a;
    return attrs;
  }
  return std::nullopt;
}

std::vector<ValueId> mapped(const Rewriter& rewriter, const std::vector<ValueId>& operands) {
  std::vector<ValueId> all;
  for (const ValueId operand : operands) all.push_back(rewriter(operand));
  return all;
}

}  // namespace

Expected<Graph> fuse_quantize(const Graph& graph, const TargetDesc&) {
  const std::vector<int> uses = count_uses(graph);
  std::set<const Node*> absorbed;
  for (const Node& node : graph.nodes) {
    if (node.op->name != "quantize_rows") continue;
    const Node* producer = sole_producer(graph, uses, node.operands[0]);
    if (producer != nullptr && quantizing(*producer)) absorbed.insert(producer);
  }
  Rewriter rewriter(graph);
  for (const Node& node : graph.nodes) {
    if (absorbed.contains(&node)) continue;
    const bool quantizes = node.op->name == "quantize_rows";
    const NodeId maker = quantizes ? graph[node.operands[0]].producer : NodeId{};
    if (!maker || !absorbed.contains(&graph[maker])) {
      HONE_RETURN_IF_ERROR(rewriter.keep(node));
      continue;
    }
    const Node& producer = graph[maker];
    HONE_TRY([[maybe_unused]] const ValueId fused,
             rewriter.add(producer.op->name, producer.name, *quantizing(producer),
                          mapped(rewriter, producer.operands), node.results[0]));
  }
  return std::move(rewriter).finish();
}

namespace {

struct ResidualSum {
  const Node* product = nullptr;  // the matmul
  ValueId residual;
};

// Which operand of an addition is a matmul without a residual that only this addition reads.
ResidualSum match_residual(const Graph& graph, const std::vector<int>& uses, const Node& node) {
  if (node.op->name != "binary" || node.attrs.as<BinaryAttrs>().kind != BinaryKind::add) return {};
  for (const size_t i : {0u, 1u}) {
    const Node* product = sole_producer(graph, uses, node.operands[i]);
    const ValueId other = node.operands[1 - i];
    if (product == nullptr || product->op->name != "matmul" || product->operands[3]) continue;
    if (graph[other].type.tensor == graph[node.operands[i]].type.tensor) return {product, other};
  }
  return {};
}

}  // namespace

Expected<Graph> fuse_residual(const Graph& graph, const TargetDesc&) {
  const std::vector<int> uses = count_uses(graph);
  std::set<const Node*> absorbed;
  for (const Node& node : graph.nodes) {
    if (const ResidualSum sum = match_residual(graph, uses, node); sum.product != nullptr) {
      absorbed.insert(sum.product);
    }
  }
  Rewriter rewriter(graph);
  for (const Node& node : graph.nodes) {
    if (absorbed.contains(&node)) continue;
    const ResidualSum sum = match_residual(graph, uses, node);
    if (sum.product == nullptr) {
      HONE_RETURN_IF_ERROR(rewriter.keep(node));
      continue;
    }
    std::vector<ValueId> operands = mapped(rewriter, sum.product->operands);
    operands[3] = rewriter(sum.residual);
    HONE_TRY([[maybe_unused]] const ValueId fused,
             rewriter.add("matmul", sum.product->name, sum.product->attrs, std::move(operands),
                          node.results[0]));
  }
  return std::move(rewriter).finish();
}

namespace {

struct BiasSum {
  const Node* product = nullptr;
  ValueId bias;
};

bool is_f32_constant(const Graph& graph, ValueId value, size_t rank) {
  return graph[value].kind == ValueKind::constant && graph[value].type.is_tensor() &&
         graph[value].type.tensor.dtype == DType::f32 &&
         graph[value].type.tensor.shape.size() == rank;
}

// An addition to a product with a matrix of a vector as long as the matrix's rows.
BiasSum match_bias(const Graph& graph, const std::vector<int>& uses, const Node& node) {
  if (node.op->name != "binary" || node.attrs.as<BinaryAttrs>().kind != BinaryKind::add) return {};
  for (const size_t i : {0u, 1u}) {
    const Node* product = sole_producer(graph, uses, node.operands[i]);
    const ValueId bias = node.operands[1 - i];
    if (product == nullptr || product->op->name != "batch_matmul") continue;
    if (product->operands.size() > 2 && product->operands[2]) continue;
    const ValueId matrix = product->operands[1];
    if (!is_f32_constant(graph, matrix, 2) || !is_f32_constant(graph, bias, 1)) continue;
    const size_t columns = product->attrs.as<BatchMatmulAttrs>().trans_b ? 0 : 1;
    const Dim width = graph[matrix].type.tensor.shape[columns];
    if (graph[bias].type.tensor.shape[0] == width) return {product, bias};
  }
  return {};
}

}  // namespace

Expected<Graph> fuse_bias(const Graph& graph, const TargetDesc&) {
  const std::vector<int> uses = count_uses(graph);
  std::set<const Node*> absorbed;
  for (const Node& node : graph.nodes) {
    if (const BiasSum sum = match_bias(graph, uses, node); sum.product != nullptr) {
      absorbed.insert(sum.product);
    }
  }
  Rewriter rewriter(graph);
  for (const Node& node : graph.nodes) {
    if (absorbed.contains(&node)) continue;
    const BiasSum sum = match_bias(graph, uses, node);
    if (sum.product == nullptr) {
      HONE_RETURN_IF_ERROR(rewriter.keep(node));
      continue;
    }
    auto attrs = sum.product->attrs.as<BatchMatmulAttrs>();
    attrs.beta = 1;
    std::vector<ValueId> operands = mapped(rewriter, sum.product->operands);
    operands.resize(3);
    operands[2] = rewriter(sum.bias);
    HONE_TRY([[maybe_unused]] const ValueId fused,
             rewriter.add("batch_matmul", graph[node.results[0]].name, attrs, std::move(operands),
                          node.results[0]));
  }
  return std::move(rewriter).finish();
}

}  // namespace hone::passes
