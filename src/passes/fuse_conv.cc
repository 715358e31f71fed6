#include <cmath>
#include <cstring>
#include <optional>
#include <set>

#include "ir/rewrite.h"
#include "ops/binary/op.h"
#include "ops/conv/op.h"
#include "ops/unary/op.h"
#include "passes/fuse.h"

namespace hone::passes {
namespace {

using namespace ir;

// A conv and what follows it that it does itself from now on.
struct Fused {
  const Node* conv = nullptr;
  ConvAttrs attrs;
  std::optional<std::vector<float>> weight, bias;  // where they change
  ValueId residual;
  std::optional<std::vector<float>> slope;  // of each channel below zero
  std::vector<const Node*> absorbed;        // in order; the last one's result is the new conv's

  ValueId result() const {
    return absorbed.empty() ? conv->results[0] : absorbed.back()->results[0];
  }
};

bool is_f32_constant(const Graph& graph, ValueId id) {
  return id && graph[id].kind == ValueKind::constant && graph[id].type.is_tensor() &&
         graph[id].type.tensor.dtype == DType::f32;
}

std::vector<float> floats_of(const Graph& graph, ValueId id) {
  const Bytes bytes = graph[id].constant.bytes;
  std::vector<float> values(bytes.size() / sizeof(float));
  if (!values.empty()) std::memcpy(values.data(), bytes.data(), values.size() * sizeof(float));
  return values;
}

class ConvFuser {
 public:
  explicit ConvFuser(const Graph& graph) : graph_(graph), users_(graph.values.size()) {
    for (const Node& node : graph.nodes) {
      for (const ValueId operand : node.operands) {
        if (operand) users_[static_cast<size_t>(operand.index)].push_back(&node);
      }
    }
    uses_ = count_uses(graph);
  }

  // The conv with all that it can take up and is not taken yet.
  Fused fuse(const Node& conv, const std::set<const Node*>& taken) const {
    Fused fused{.conv = &conv,
                .attrs = conv.attrs.as<ConvAttrs>(),
                .weight = {},
                .bias = {},
                .residual = conv.operands[3],
                .slope = {},
                .absorbed = {}};
    const Type& type = graph_[conv.results[0]].type;
    if (!type.is_tensor() || type.tensor.dtype != DType::f32 || fused.residual) return fused;
    while (take_next(fused, taken)) {
    }
    return fused;
  }

 private:
  std::span<const Node* const> users(ValueId id) const {
    return users_[static_cast<size_t>(id.index)];
  }
  int uses(ValueId id) const { return uses_[static_cast<size_t>(id.index)]; }

  bool take_next(Fused& fused, const std::set<const Node*>& taken) const {
    const ValueId value = fused.result();
    if (uses(value) != 1 || users(value).size() != 1) return false;
    const Node& user = *users(value)[0];
    if (taken.contains(&user) || user.results.size() != 1) return false;
    const bool takes = take_unary(fused, user) || take_binary(fused, user, value) ||
                       take_scale_shift(fused, user, value);
    if (takes) fused.absorbed.push_back(&user);
    return takes;
  }

  // Behind a residual that is added last comes nothing.
  static bool is_open(const Fused& fused) {
    return !fused.residual || fused.attrs.epilogue.residual == ResidualPlace::before;
  }
  static bool is_linear(const Fused& fused) {
    return !fused.residual && fused.attrs.epilogue.activation == Activation::none;
  }

  bool take_unary(Fused& fused, const Node& user) const {
    if (user.op->name != "unary") return false;
    EpilogueAttrs& epilogue = fused.attrs.epilogue;
    if (!is_open(fused) || epilogue.activation != Activation::none) return false;
    switch (user.attrs.as<UnaryAttrs>().kind) {
      case UnaryKind::relu:
        epilogue.activation = Activation::relu;
        return true;
      case UnaryKind::silu:
        epilogue.activation = Activation::silu;
        return true;
      case UnaryKind::sigmoid:
        epilogue.activation = Activation::sigmoid;
        return true;
      default:
        return false;
    }
  }

  bool take_binary(Fused& fused, const Node& user, ValueId value) const {
    if (user.op->name != "binary") return false;
    const bool first = user.operands[0] == value;
    const ValueId other = user.operands[first ? 1 : 0];
    switch (user.attrs.as<BinaryAttrs>().kind) {
      case BinaryKind::add:
        return take_shift(fused, other, 1) || take_residual(fused, other);
      case BinaryKind::sub:
        return first && take_shift(fused, other, -1);
      case BinaryKind::mul:
        return take_scale(fused, other);
      case BinaryKind::max:
        return take_bound(fused, other, BinaryKind::max);
      case BinaryKind::min:
        return take_bound(fused, other, BinaryKind::min);
      case BinaryKind::prelu:
        return first && take_slope(fused, other);
      default:
        return false;
    }
  }

  bool take_scale_shift(Fused& fused, const Node& user, ValueId value) const {
    if (user.op->name != "scale_shift" || user.operands[0] != value) return false;
    const auto is_vector = [&](ValueId id) {
      return is_f32_constant(graph_, id) && floats_of(graph_, id).size() == channels(fused);
    };
    if (!is_vector(user.operands[1]) || !is_vector(user.operands[2])) return false;
    if (!is_linear(fused) || !can_scale(fused)) return false;
    scale_by(fused, floats_of(graph_, user.operands[1]));
    shift_by(fused, floats_of(graph_, user.operands[2]), 1);
    return true;
  }

  size_t channels(const Fused& fused) const {
    return static_cast<size_t>(graph_[fused.conv->operands[1]].type.tensor.shape[0].value());
  }

  // One number a channel of the result, from a constant that broadcasts so.
  std::optional<std::vector<float>> by_channel(const Fused& fused, ValueId id) const {
    if (!is_f32_constant(graph_, id) || !is_static(graph_[id].type.tensor.shape)) return {};
    const Shape& shape = graph_[id].type.tensor.shape;
    const size_t rank = graph_[fused.conv->results[0]].type.tensor.shape.size();
    std::vector<float> values = floats_of(graph_, id);
    if (shape.size() > rank) return {};
    if (values.size() == 1) return std::vector<float>(channels(fused), values[0]);
    for (size_t i = 0; i < shape.size(); ++i) {
      const size_t axis = i + rank - shape.size();
      if (axis != 1 && shape[i] != Dim(1)) return {};
    }
    if (values.size() != channels(fused)) return {};
    return values;
  }

  bool can_scale(const Fused& fused) const {
    const ValueId bias = fused.conv->operands[2];
    return is_f32_constant(graph_, fused.conv->operands[1]) &&
           (!bias || is_f32_constant(graph_, bias));
  }

  std::vector<float>& bias_of(Fused& fused) const {
    const ValueId bias = fused.conv->operands[2];
    if (!fused.bias) {
      fused.bias = bias ? floats_of(graph_, bias) : std::vector<float>(channels(fused), 0.0f);
    }
    return *fused.bias;
  }

  void scale_by(Fused& fused, const std::vector<float>& by) const {
    if (!fused.weight) fused.weight = floats_of(graph_, fused.conv->operands[1]);
    const size_t taps = fused.weight->size() / by.size();
    for (size_t i = 0; i < fused.weight->size(); ++i) (*fused.weight)[i] *= by[i / taps];
    if (!fused.bias && !fused.conv->operands[2]) return;
    std::vector<float>& bias = bias_of(fused);
    for (size_t c = 0; c < by.size(); ++c) bias[c] *= by[c];
  }
  void shift_by(Fused& fused, const std::vector<float>& by, float sign) const {
    std::vector<float>& bias = bias_of(fused);
    for (size_t c = 0; c < by.size(); ++c) bias[c] += sign * by[c];
  }

  bool take_scale(Fused& fused, ValueId other) const {
    if (!is_linear(fused) || !can_scale(fused)) return false;
    const auto by = by_channel(fused, other);
    if (by && !by->empty()) scale_by(fused, *by);
    return by && !by->empty();
  }
  bool take_shift(Fused& fused, ValueId other, float sign) const {
    const ValueId bias = fused.conv->operands[2];
    if (!is_linear(fused) || (bias && !is_f32_constant(graph_, bias))) return false;
    const auto by = by_channel(fused, other);
    if (by) shift_by(fused, *by, sign);
    return by.has_value();
  }

  bool take_residual(Fused& fused, ValueId other) const {
    const Type& type = graph_[fused.conv->results[0]].type;
    if (fused.residual || !(graph_[other].type == type)) return false;
    for (const Dim& dim : type.tensor.shape) {
      if (dim.is_unknown()) return false;
    }
    fused.residual = other;
    fused.attrs.epilogue.residual = fused.attrs.epilogue.activation == Activation::none
                                        ? ResidualPlace::before
                                        : ResidualPlace::after;
    return true;
  }

  bool take_slope(Fused& fused, ValueId other) const {
    if (!is_open(fused) || fused.attrs.epilogue.activation != Activation::none) return false;
    fused.slope = by_channel(fused, other);
    if (fused.slope) fused.attrs.epilogue.activation = Activation::leaky;
    return fused.slope.has_value();
  }

  // max(x, low) and min(x, high) make a clip; relu and min(x, high), too.
  bool take_bound(Fused& fused, ValueId other, BinaryKind kind) const {
    if (!is_open(fused) || !is_f32_constant(graph_, other)) return false;
    const std::vector<float> values = floats_of(graph_, other);
    const size_t rank = graph_[fused.conv->results[0]].type.tensor.shape.size();
    if (values.size() != 1 || graph_[other].type.tensor.shape.size() > rank) return false;
    if (std::isnan(values[0])) return false;
    EpilogueAttrs& epilogue = fused.attrs.epilogue;
    const bool fresh = epilogue.activation == Activation::none;
    if (kind == BinaryKind::max) {
      if (!fresh) return false;
      epilogue.activation = values[0] == 0 ? Activation::relu : Activation::clip;
      epilogue.low = values[0];
      epilogue.high = INFINITY;
      return true;
    }
    const bool relu = epilogue.activation == Activation::relu;
    const bool half = epilogue.activation == Activation::clip && epilogue.high == INFINITY;
    if (!fresh && !relu && !half) return false;
    if (relu) epilogue.low = 0;
    if (fresh) epilogue.low = -INFINITY;
    epilogue.activation = Activation::clip;
    epilogue.high = values[0];
    return true;
  }

  const Graph& graph_;
  std::vector<std::vector<const Node*>> users_;
  std::vector<int> uses_;
};

std::shared_ptr<const std::vector<std::byte>> bytes_of(const std::vector<float>& values) {
  auto bytes = std::make_shared<std::vector<std::byte>>(values.size() * sizeof(float));
  if (!values.empty()) std::memcpy(bytes->data(), values.data(), bytes->size());
  return bytes;
}

Status emit(const Graph& graph, const Fused& fused, Rewriter& rewriter) {
  std::vector<ValueId> operands;
  for (const ValueId operand : fused.conv->operands) operands.push_back(rewriter(operand));
  const std::string& name = graph[fused.result()].name;
  if (fused.weight) {
    operands[1] = rewriter.new_constant(
        cat(name, "/weight"), graph[fused.conv->operands[1]].type.tensor, bytes_of(*fused.weight));
  }
  const auto vector = [&](std::string_view what, const std::vector<float>& values) {
    const TensorType type{DType::f32, {Dim(static_cast<int64_t>(values.size()))}};
    return rewriter.new_constant(cat(name, what), type, bytes_of(values));
  };
  if (fused.bias) operands[2] = vector("/bias", *fused.bias);
  if (fused.slope) operands[4] = vector("/slope", *fused.slope);
  operands[3] = rewriter(fused.residual);
  HONE_TRY([[maybe_unused]] const ValueId made,
           rewriter.add("conv", name, fused.attrs, std::move(operands), fused.result()));
  return {};
}

}  // namespace

Expected<Graph> fuse_conv(const Graph& graph, const TargetDesc&) {
  const ConvFuser fuser(graph);
  std::set<const Node*> taken;
  std::vector<Fused> all;
  std::vector<const Fused*> ends(graph.nodes.size(), nullptr);  // by the last node of each
  for (const Node& node : graph.nodes) {
    if (node.op->name != "conv") continue;
    Fused fused = fuser.fuse(node, taken);
    if (fused.absorbed.empty()) continue;
    taken.insert(&node);
    taken.insert(fused.absorbed.begin(), fused.absorbed.end());
    all.push_back(std::move(fused));
  }
  for (const Fused& fused : all) {
    ends[static_cast<size_t>(fused.absorbed.back() - graph.nodes.data())] = &fused;
  }
  Rewriter rewriter(graph);
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    if (ends[i] != nullptr) {
      HONE_RETURN_IF_ERROR(emit(graph, *ends[i], rewriter));
    } else if (!taken.contains(&graph.nodes[i])) {
      HONE_RETURN_IF_ERROR(rewriter.keep(graph.nodes[i]));
    }
  }
  return std::move(rewriter).finish();
}

}  // namespace hone::passes
