#include <algorithm>
#include <map>

#include "ir/rewrite.h"
#include "ops/dequantize/op.h"
#include "ops/pad/op.h"
#include "ops/pool/op.h"
#include "ops/resize/op.h"
#include "ops/shape_rules.h"
#include "ops/transpose/op.h"
#include "passes/code_grid.h"
#include "passes/quantized.h"

namespace hone::passes {
namespace {

using namespace ir;

class Sinker {
 public:
  explicit Sinker(const Graph& graph) : graph_(graph), rewriter_(graph) {}

  Status take(const Node& node) {
    if (node.op->name == "dequantize" && take_dequantize(node)) return {};
    if (node.op->name == "quantize" && cancels(node)) return {};
    HONE_TRY(const bool moved, move(node));
    if (moved) return {};
    for (const ValueId operand : node.operands) HONE_RETURN_IF_ERROR(settle(operand));
    return rewriter_.keep(node);
  }

  Expected<Graph> finish() && {
    for (const ValueId output : graph_.outputs) HONE_RETURN_IF_ERROR(settle(output));
    return std::move(rewriter_).finish();
  }

 private:
  // A value of the old graph that is the codes `source` of the new graph, dequantized as `node`
  // does.
  struct Pending {
    ValueId source;
    const Node* node;
    DequantizeAttrs attrs;
    std::optional<CodeGrid> grid;  // where one scale is for all
  };

  const Pending* pending(ValueId old) const {
    const auto found = old ? pending_.find(old.index) : pending_.end();
    return found == pending_.end() ? nullptr : &found->second;
  }

  bool take_dequantize(const Node& node) {
    const Type& type = graph_[node.operands[0]].type;
    const auto attrs = node.attrs.as<DequantizeAttrs>();
    if (!type.is_tensor() || info(type.tensor.dtype).block_bytes != 1 || attrs.block != 0) {
      return false;
    }
    pending_[node.results[0].index] = {rewriter_(node.operands[0]), &node, attrs,
                                       grid_of(graph_, node)};
    return true;
  }

  bool cancels(const Node& node) {
    const Pending* codes = pending(node.operands[0]);
    if (codes == nullptr || !codes->grid || codes->grid != grid_of(graph_, node)) return false;
    rewriter_.replace(node.results[0], codes->source);
    return true;
  }

  // Makes the dequantize that stands for `old`, if it is not made yet.
  Status settle(ValueId old) {
    const Pending* found = pending(old);
    if (found == nullptr) return {};
    const Pending now = *found;
    pending_.erase(old.index);
    HONE_TRY(
        [[maybe_unused]] const ValueId made,
        rewriter_.add(
            "dequantize", graph_[old].name, now.attrs,
            {now.source, rewriter_(now.node->operands[1]), rewriter_(now.node->operands[2])}, old));
    return {};
  }

  // What a node becomes on codes: only of nodes whose other operands are no such codes.
  Expected<bool> move(const Node& node) {
    if (node.op->runs != Runs::in_plan || node.results.size() != 1 || node.operands.empty()) {
      return false;
    }
    const Pending* found = pending(node.operands[0]);
    if (found == nullptr) return false;
    Pending now = *found;
    std::vector<ValueId> operands{now.source};
    const bool joint = node.op->name == "concat";
    for (size_t i = 1; i < node.operands.size(); ++i) {
      const Pending* other = pending(node.operands[i]);
      const bool alike = other != nullptr && now.grid && other->grid == now.grid;
      if (joint ? !alike : other != nullptr) return false;
      operands.push_back(joint ? other->source : rewriter_(node.operands[i]));
    }
    if (!joint && !moves(node, now, operands)) return false;
    auto made = rewriter_.add(node.op->name,
                              rewriter_.free_name(cat(graph_[node.results[0]].name, "/codes")),
                              node.attrs, std::move(operands), {});
    if (!made) return false;  // not an op of such codes
    now.source = *made;
    pending_[node.results[0].index] = now;
    return true;
  }

  // Whether an op only moves elements. Scales along an axis move with it.
  bool moves(const Node& node, Pending& codes, std::vector<ValueId>& operands) {
    const std::string_view op = node.op->name;
    if (op == "transpose") return transpose(node, codes);
    if (!codes.grid) return op == "reshape" && reshape(node, codes);
    if (op == "reshape" || op == "slice" || op == "split" || op == "expand") return true;
    if (op == "pool") {
      const auto& attrs = node.attrs.as<PoolAttrs>();
      return attrs.kind == PoolAttrs::Kind::max && !attrs.indices;
    }
    if (op == "resize") {
      const auto& attrs = node.attrs.as<ResizeAttrs>();
      return attrs.mode == ResizeAttrs::Mode::nearest &&
             attrs.coordinates != ResizeAttrs::Coordinates::tf_crop_and_resize;
    }
    return op == "pad" && pads_zeros(node, *codes.grid, operands);
  }

  bool transpose(const Node& node, Pending& codes) const {
    if (codes.grid) return true;
    const Shape& shape = graph_[node.operands[0]].type.tensor.shape;
    const auto axis = find_axis(codes.attrs.axis, shape.size());
    if (!axis) return false;
    const auto order = order_of(node.attrs.as<TransposeAttrs>(), shape.size());
    codes.attrs.axis = std::ranges::find(order, *axis) - order.begin();
    return true;
  }

  // An axis stays one if as many elements lie before it and behind.
  bool reshape(const Node& node, Pending& codes) const {
    const Type &x = graph_[node.operands[0]].type, &y = graph_[node.results[0]].type;
    if (!y.is_tensor() || !is_static(x.tensor.shape) || !is_static(y.tensor.shape)) return false;
    const auto axis = find_axis(codes.attrs.axis, x.tensor.shape.size());
    if (!axis) return false;
    const std::span<const Dim> from = x.tensor.shape, to = y.tensor.shape;
    for (size_t i = 0; i < to.size(); ++i) {
      if (to[i] != from[*axis] || product(to.first(i)) != product(from.first(*axis))) continue;
      codes.attrs.axis = static_cast<int64_t>(i);
      return true;
    }
    return false;
  }

  // What stands for 0 is put where zeros were.
  bool pads_zeros(const Node& node, const CodeGrid& grid, std::vector<ValueId>& operands) {
    if (operands.size() < 3) return false;
    if (node.attrs.as<PadAttrs>().mode != PadMode::constant) return true;
    if (node.operands[2]) {
      const auto value = constant_numbers(graph_, node.operands[2]);
      if (!value || value->size() != 1 || value->front() != 0) return false;
    }
    const auto zero = bytes_of_scalar(grid.dtype, static_cast<double>(grid.zero));
    operands[2] =
        rewriter_.new_constant(cat(graph_[node.results[0]].name, "/zero"), {grid.dtype, {}},
                               std::make_shared<std::vector<std::byte>>(zero));
    return true;
  }

  const Graph& graph_;
  Rewriter rewriter_;
  std::map<int32_t, Pending> pending_;  // by value of the old graph
};

}  // namespace

Expected<Graph> sink_dequantize(const Graph& graph, const TargetDesc&) {
  Sinker sinker(graph);
  for (const Node& node : graph.nodes) HONE_RETURN_IF_ERROR(sinker.take(node));
  return std::move(sinker).finish();
}

}  // namespace hone::passes
