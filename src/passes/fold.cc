#include "passes/fold.h"

#include <algorithm>
#include <cstring>

#include "ir/rewrite.h"
#include "tensor/tensor.h"

namespace hone::passes {
namespace {

using namespace ir;

// A constant of this size is worth keeping even if it was made of a single number.
constexpr int64_t kSmallBytes = 1 << 16;
// Weights may grow so much: bytes become f32, with room for a permuted copy beside them.
constexpr int64_t kGrowth = 8;
// All folded constants together: so much beside what the growth of the model's own allows.
constexpr int64_t kSpareBytes = 64 << 20;

bool is_known(const Graph& graph, const Node& node, ValueId id) {
  if (!id) return true;
  const Value& value = graph[id];
  if (node.op->runs == Runs::at_bind) {
    return value.type.is_tensor() && is_static(value.type.tensor.shape);
  }
  return value.kind == ValueKind::constant;
}

// Aligned to its elements; formats such as ONNX do not align.
Expected<Tensor> aligned_copy(const Value& value) {
  return Tensor::copy_of(
      {value.constant.bytes.data(), value.type.tensor.dtype, Dims(value.type.tensor.shape, {})});
}

class Folder {
 public:
  Folder(const Graph& graph, const TargetDesc& target, std::string_view but)
      : target_(target), rewriter_(graph), but_(but) {
    for (const Value& value : graph.values) {
      budget_ += kGrowth * static_cast<int64_t>(value.constant.bytes.size());
    }
  }

  Status take(const Node& node) {
    HONE_TRY(const bool folded, fold(node));
    if (folded) return {};
    return rewriter_.keep(node);
  }

  Graph finish() && { return std::move(rewriter_).finish(); }

 private:
  Expected<bool> fold(const Node& node) {
    const Graph& made = rewriter_.graph();
    if (node.op->runs == Runs::on_host || node.results.empty()) return false;
    if (node.op->name == but_) return false;
    std::vector<ValueId> operands;
    for (const ValueId operand : node.operands) operands.push_back(rewriter_(operand));
    const bool known =
        std::ranges::all_of(operands, [&](ValueId id) { return is_known(made, node, id); });
    if (!known) return false;
    std::vector<OperandType> types(operands.size());
    std::vector<const OperandType*> pointers(operands.size(), nullptr);
    int64_t bytes = 0;
    for (size_t i = 0; i < operands.size(); ++i) {
      if (!operands[i]) continue;
      types[i] = operand_type(made[operands[i]]);
      if (is_block_quantized(types[i].dtype)) return false;
      pointers[i] = &types[i];
      bytes += static_cast<int64_t>(made[operands[i]].constant.bytes.size());
    }
    HONE_TRY_CONTEXT(const std::vector<TensorType> results, node.op->infer(node.attrs, pointers),
                     "node '", node.name, "'");
    if (results.size() != node.results.size()) return false;
    std::vector<BoundType> bound;
    int64_t made_bytes = 0;
    for (const TensorType& type : results) {
      if (!is_static(type.shape) || is_block_quantized(type.dtype)) return false;
      const Dims dims(type.shape, {});
      const auto size = checked_bytes(type.dtype, dims);
      if (!size || *size > std::max(kSmallBytes, kGrowth * bytes)) return false;
      made_bytes += *size;
      bound.push_back({type.dtype, dims});
    }
    if (made_bytes > budget_) return false;
    budget_ -= made_bytes;
    return replace(node, operands, types, bound);
  }

  Expected<bool> replace(const Node& node, std::span<const ValueId> operands,
                         std::span<const OperandType> types, std::span<const BoundType> results) {
    std::vector<Tensor> copies;
    std::vector<ConstView> views(operands.size());
    for (size_t i = 0; i < operands.size(); ++i) {
      if (!operands[i]) continue;
      const Value& value = rewriter_.graph()[operands[i]];
      if (value.kind == ValueKind::constant) {
        HONE_TRY(Tensor copy, aligned_copy(value));
        views[i] = copy.view();
        copies.push_back(std::move(copy));
      } else {
        views[i] = {nullptr, types[i].dtype, Dims(types[i].shape, {})};
      }
    }
    const auto made = target_.evaluate(*node.op, node.attrs, views, results);
    if (!made) return false;  // the run will say why
    for (size_t i = 0; i < results.size(); ++i) {
      const ConstView view = (*made)[i].view();
      const auto size = static_cast<size_t>(size_bytes(view.dtype, view.dims));
      auto owned = std::make_shared<std::vector<std::byte>>(view.data, view.data + size);
      rewriter_.add_constant(node.results[i], {view.dtype, view.dims.shape()}, std::move(owned));
    }
    return true;
  }

  const TargetDesc& target_;
  Rewriter rewriter_;
  int64_t budget_ = kSpareBytes;  // of bytes still to be made
  std::string_view but_;          // an op that stays
};

Expected<Graph> fold(const Graph& graph, const TargetDesc& target, std::string_view but) {
  if (target.evaluate == nullptr) return graph;
  Folder folder(graph, target, but);
  for (const Node& node : graph.nodes) HONE_RETURN_IF_ERROR(folder.take(node));
  return std::move(folder).finish();
}

}  // namespace

Expected<Graph> fold_constants(const Graph& graph, const TargetDesc& target) {
  return fold(graph, target, "");
}

Expected<Graph> fold_but_dequantize(const Graph& graph, const TargetDesc& target) {
  return fold(graph, target, "dequantize");
}

Expected<Graph> drop_dead(const Graph& graph, const TargetDesc&) {
  std::vector<bool> read(graph.values.size(), false);
  for (const ValueId output : graph.outputs) read[static_cast<size_t>(output.index)] = true;
  std::vector<bool> keep(graph.nodes.size(), false);
  for (size_t i = graph.nodes.size(); i-- > 0;) {
    const Node& node = graph.nodes[i];
    // A write into a state is seen by the next run.
    keep[i] = !node.op->aliases.empty() && node.op->name != "reshape";
    for (const ValueId result : node.results) {
      keep[i] = keep[i] || read[static_cast<size_t>(result.index)];
    }
    if (!keep[i]) continue;
    for (const ValueId operand : node.operands) {
      if (operand) read[static_cast<size_t>(operand.index)] = true;
    }
  }
  Rewriter rewriter(graph, [&](ValueId id) {
    return graph[id].kind != ValueKind::constant || read[static_cast<size_t>(id.index)];
  });
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    if (keep[i]) HONE_RETURN_IF_ERROR(rewriter.keep(graph.nodes[i]));
  }
  return std::move(rewriter).finish();
}

}  // namespace hone::passes
