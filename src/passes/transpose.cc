#include "passes/transpose.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>

#include "ir/rewrite.h"
#include "ops/concat/op.h"
#include "ops/dequantize/op.h"
#include "ops/pad/op.h"
#include "ops/quantize/op.h"
#include "ops/reduce/op.h"
#include "ops/reshape/op.h"
#include "ops/resize/op.h"
#include "ops/shape_rules.h"
#include "ops/slice/op.h"
#include "ops/softmax/op.h"
#include "ops/split/op.h"
#include "ops/transpose/op.h"

namespace hone::passes {
namespace {

using namespace ir;
using Perm = std::vector<size_t>;  // axis i of the result is axis perm[i] of the source

bool is_identity(const Perm& perm) {
  for (size_t i = 0; i < perm.size(); ++i) {
    if (perm[i] != i) return false;
  }
  return true;
}

Perm inverse(const Perm& perm) {
  Perm result(perm.size());
  for (size_t i = 0; i < perm.size(); ++i) result[perm[i]] = i;
  return result;
}

TransposeAttrs attrs_of(const Perm& perm) {
  return {std::vector<int64_t>(perm.begin(), perm.end())};
}

// Axes of a transposed value as axes of its source; nothing if one does not exist.
std::optional<std::vector<int64_t>> renamed(const std::vector<int64_t>& axes, const Perm& perm) {
  std::vector<int64_t> all;
  for (const int64_t axis : axes) {
    const auto found = find_axis(axis, perm.size());
    if (!found) return {};
    all.push_back(static_cast<int64_t>(perm[*found]));
  }
  return all;
}

// What an op becomes on the source of its transposed operands: attributes, and how its results are
// transposed.
struct Moved {
  Attrs attrs;
  Perm perm;
};

template <class A>
std::optional<Moved> with_axis(const Attrs& attrs, const Perm& perm) {
  A moved = attrs.as<A>();
  const auto axis = renamed({moved.axis}, perm);
  if (!axis) return {};
  moved.axis = axis->front();
  return Moved{moved, perm};
}

std::optional<Moved> with_pads(const PadAttrs& attrs, const Perm& perm) {
  const size_t rank = perm.size();
  PadAttrs moved = attrs;
  if (!attrs.axes.empty()) {
    const auto axes = renamed(attrs.axes, perm);
    if (!axes) return {};
    moved.axes = *axes;
    return Moved{moved, perm};
  }
  if (attrs.pads.size() != 2 * rank) return {};
  for (size_t i = 0; i < rank; ++i) {
    moved.pads[perm[i]] = attrs.pads[i];
    moved.pads[rank + perm[i]] = attrs.pads[rank + i];
  }
  return Moved{moved, perm};
}

std::optional<Moved> with_slices(const SliceAttrs& attrs, const Perm& perm) {
  SliceAttrs moved = attrs;
  if (moved.starts.size() > perm.size()) return {};
  if (moved.axes.empty()) {
    moved.axes.resize(moved.starts.size());
    std::iota(moved.axes.begin(), moved.axes.end(), 0);
  }
  const auto axes = renamed(moved.axes, perm);
  if (!axes) return {};
  moved.axes = *axes;
  return Moved{moved, perm};
}

// Without the reduced axes, what is left keeps its order.
std::optional<Moved> with_reduction(const ReduceAttrs& attrs, const Perm& perm) {
  ReduceAttrs moved = attrs;
  const auto axes = renamed(attrs.axes, perm);
  if (!axes || axes->empty()) return {};
  moved.axes = *axes;
  if (attrs.keepdims) return Moved{moved, perm};
  const auto reduced = [&](size_t axis) {
    return std::ranges::find(*axes, static_cast<int64_t>(axis)) != axes->end();
  };
  Perm left;
  for (const size_t axis : perm) {
    if (reduced(axis)) continue;
    size_t before = 0;
    for (size_t i = 0; i < axis; ++i) before += reduced(i) ? 0 : 1;
    left.push_back(before);
  }
  return Moved{moved, left};
}

// Neighbors are copied in any order of axes; kernels of other modes want theirs last.
std::optional<Moved> with_neighbors(const ResizeAttrs& attrs, const Perm& perm) {
  if (attrs.mode != ResizeAttrs::Mode::nearest) return {};
  ResizeAttrs moved = attrs;
  if (moved.axes.empty()) {
    moved.axes.resize(perm.size());
    std::iota(moved.axes.begin(), moved.axes.end(), 0);
  }
  const auto axes = renamed(moved.axes, perm);
  if (!axes) return {};
  moved.axes = *axes;
  return Moved{moved, perm};
}

// How an op with one transposed operand, the first, moves before its transpose; nothing if it
// cannot. Operands that would have to say the same about other axes must be absent.
std::optional<Moved> moved_before(const Node& node, const Perm& perm) {
  const std::string_view op = node.op->name;
  const auto absent = [&](size_t from, size_t to) {
    for (size_t i = from; i < std::min(to, node.operands.size()); ++i) {
      if (node.operands[i]) return false;
    }
    return true;
  };
  if (op == "unary" || op == "quantized_map") return Moved{node.attrs, perm};
  if (op == "cast" && absent(1, 2)) return Moved{node.attrs, perm};
  if (op == "quantize" && node.attrs.as<QuantizeAttrs>().block == 0) {
    return with_axis<QuantizeAttrs>(node.attrs, perm);
  }
  if (op == "dequantize" && node.attrs.as<DequantizeAttrs>().block == 0) {
    return with_axis<DequantizeAttrs>(node.attrs, perm);
  }
  if (op == "softmax" && !node.attrs.as<SoftmaxAttrs>().to_end) {
    return with_axis<SoftmaxAttrs>(node.attrs, perm);
  }
  if (op == "split") return with_axis<SplitAttrs>(node.attrs, perm);
  if (op == "pad" && absent(1, 2) && absent(3, 4)) {
    return with_pads(node.attrs.as<PadAttrs>(), perm);
  }
  if (op == "resize") return with_neighbors(node.attrs.as<ResizeAttrs>(), perm);
  if (op == "slice" && absent(1, 5)) return with_slices(node.attrs.as<SliceAttrs>(), perm);
  if (op == "reduce" && absent(1, 2)) return with_reduction(node.attrs.as<ReduceAttrs>(), perm);
  return {};
}

class Mover {
 public:
  explicit Mover(const Graph& graph)
      : graph_(graph), rewriter_(graph), constant_(graph.values.size(), false) {
    for (size_t i = 0; i < graph.values.size(); ++i) {
      constant_[i] = graph.values[i].kind == ValueKind::constant;
    }
    for (const Node& node : graph.nodes) {
      const bool constant = std::ranges::all_of(
          node.operands, [&](ValueId id) { return !id || constant_[index_of(id)]; });
      for (const ValueId result : node.results) {
        constant_[index_of(result)] =
            constant && !node.operands.empty() && node.op->runs == Runs::in_plan;
      }
    }
  }

  Status take(const Node& node) {
    if (node.op->name == "transpose" && graph_[node.operands[0]].type.is_tensor()) {
      return take_transpose(node);
    }
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
  static size_t index_of(ValueId id) { return static_cast<size_t>(id.index); }

  // A value of the old graph that is a value of the new graph, transposed.
  struct Pending {
    ValueId source;
    Perm perm;
  };

  const Pending* pending(ValueId old) const {
    const auto found = pending_.find(old.index);
    return found == pending_.end() ? nullptr : &found->second;
  }

  Status take_transpose(const Node& node) {
    const ValueId x = node.operands[0], y = node.results[0];
    const Perm perm = order_of(node.attrs.as<TransposeAttrs>(), graph_[x].type.tensor.shape.size());
    const Pending* before = pending(x);
    if (before == nullptr) return set(y, rewriter_(x), perm);
    Perm both;
    for (const size_t axis : perm) both.push_back(before->perm[axis]);
    return set(y, before->source, both);
  }

  // From now on `old` is `source` transposed.
  Status set(ValueId old, ValueId source, Perm perm) {
    if (is_identity(perm)) {
      rewriter_.replace(old, source);
    } else {
      pending_[old.index] = {source, std::move(perm)};
    }
    return {};
  }

  // Makes the transpose that stands for `old`, if it is not made yet.
  Status settle(ValueId old) {
    const Pending* found = old ? pending(old) : nullptr;
    if (found == nullptr) return {};
    const Pending now = *found;
    pending_.erase(old.index);
    const std::string name = graph_[old].name;
    HONE_TRY(const ValueId made, transposed(now.source, now.perm, cat(name, "/moved")));
    rewriter_.replace(old, made);
    return {};
  }

  Expected<ValueId> transposed(ValueId source, const Perm& perm, std::string_view name) {
    const Shape& shape = rewriter_.graph()[source].type.tensor.shape;
    size_t last = 0;
    bool in_order = true;  // of the axes that are not 1
    for (const size_t axis : perm) {
      if (shape[axis] == Dim(1)) continue;
      in_order = in_order && axis >= last;
      last = axis;
    }
    if (in_order && is_static(shape)) {
      ReshapeAttrs reshape{.allow_zero = true};
      for (const size_t axis : perm) reshape.shape.push_back(shape[axis].value());
      return rewriter_.add("reshape", rewriter_.free_name(name), reshape, {source}, {});
    }
    return rewriter_.add("transpose", rewriter_.free_name(name), attrs_of(perm), {source}, {});
  }

  Expected<bool> move(const Node& node) {
    if (node.op->runs == Runs::on_host || node.operands.empty() || node.results.size() != 1) {
      return false;
    }
    constexpr std::string_view kJoint[] = {"binary", "quantized_binary", "concat", "select"};
    if (std::ranges::find(kJoint, node.op->name) != std::end(kJoint)) {
      return move_joint(node);
    }
    const Pending* first = node.operands[0] ? pending(node.operands[0]) : nullptr;
    if (first == nullptr) return false;
    for (size_t i = 1; i < node.operands.size(); ++i) {
      if (node.operands[i] && pending(node.operands[i]) != nullptr) return false;
    }
    const auto moved = moved_before(node, first->perm);
    if (!moved) return false;
    std::vector<ValueId> operands{first->source};
    for (size_t i = 1; i < node.operands.size(); ++i) {
      operands.push_back(rewriter_(node.operands[i]));
    }
    HONE_RETURN_IF_ERROR(place(node, moved->attrs, std::move(operands), moved->perm));
    return true;
  }

  Status place(const Node& node, const Attrs& attrs, std::vector<ValueId> operands,
               const Perm& perm) {
    const ValueId result = node.results[0];
    HONE_TRY(const ValueId made,
             rewriter_.add(node.op->name, graph_[result].name, attrs, std::move(operands), {}));
    return set(result, made, perm);
  }

  // Ops of several operands whose elements meet: all that are not constant must be transposed in
  // the same way.
  Expected<bool> move_joint(const Node& node) {
    const Perm* perm = nullptr;
    for (const ValueId operand : node.operands) {
      const Pending* found = operand ? pending(operand) : nullptr;
      if (found == nullptr) continue;
      if (perm != nullptr && *perm != found->perm) return false;
      perm = &found->perm;
    }
    if (perm == nullptr) return false;
    const Perm order = *perm;
    for (const ValueId operand : node.operands) {
      if (!operand || (pending(operand) == nullptr && !follows(node, operand, order))) return false;
    }
    Attrs attrs = node.attrs;
    if (node.op->name == "concat") {
      const auto moved = with_axis<ConcatAttrs>(node.attrs, order);
      if (!moved) return false;
      attrs = moved->attrs;
    }
    std::vector<ValueId> operands;
    for (const ValueId operand : node.operands) {
      HONE_TRY(const ValueId made, as_source(operand, order));
      operands.push_back(made);
    }
    HONE_RETURN_IF_ERROR(place(node, attrs, std::move(operands), order));
    return true;
  }

  // Whether an operand that is not transposed can be brought into the source's order for nothing.
  bool follows(const Node& node, ValueId operand, const Perm& perm) const {
    const Value& value = rewriter_.graph()[rewriter_(operand)];
    if (!value.type.is_tensor()) return false;
    const Shape& shape = value.type.tensor.shape;
    if (node.op->name != "concat" && shape.empty()) return true;
    if (node.op->name == "concat" && shape.size() != perm.size()) return false;
    return constant_[index_of(operand)] && shape.size() <= perm.size() && is_static(shape);
  }

  // The operand in the order of the transposes' sources; constants are folded later.
  Expected<ValueId> as_source(ValueId operand, const Perm& perm) {
    if (const Pending* found = pending(operand)) return found->source;
    ValueId value = rewriter_(operand);
    const Shape shape = rewriter_.graph()[value].type.tensor.shape;
    if (shape.empty()) return value;
    const std::string name = cat(graph_[operand].name, "/ordered");
    if (shape.size() < perm.size()) {
      ReshapeAttrs longer{.allow_zero = true};
      longer.shape.assign(perm.size() - shape.size(), 1);
      for (const Dim& dim : shape) longer.shape.push_back(dim.value());
      HONE_TRY(value, rewriter_.add("reshape", rewriter_.free_name(name), longer, {value}, {}));
    }
    return rewriter_.add("transpose", rewriter_.free_name(name), attrs_of(inverse(perm)), {value},
                         {});
  }

  const Graph& graph_;
  Rewriter rewriter_;
  std::map<int32_t, Pending> pending_;  // by value of the old graph
  std::vector<bool> constant_;          // by value: whether it follows from constants alone
};

}  // namespace

Expected<Graph> cancel_transposes(const Graph& graph, const TargetDesc&) {
  Mover mover(graph);
  for (const Node& node : graph.nodes) HONE_RETURN_IF_ERROR(mover.take(node));
  return std::move(mover).finish();
}

}  // namespace hone::passes
