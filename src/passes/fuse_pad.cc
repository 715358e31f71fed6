#include <algorithm>
#include <limits>
#include <optional>

#include "ir/rewrite.h"
#include "ops/conv/op.h"
#include "ops/pad/op.h"
#include "ops/pool/op.h"
#include "ops/quantized_conv/op.h"
#include "ops/scale_grid.h"
#include "ops/shape_rules.h"
#include "ops/unary/op.h"
#include "passes/code_grid.h"
#include "passes/fuse.h"

namespace hone::passes {
namespace {

using namespace ir;

// A constant around x.
struct Padding {
  ValueId x;
  std::vector<AxisPad> axes;
  double value = 0;
};

std::optional<Padding> padding_before(const Graph& graph, const Node& window) {
  const Node* pad = producer_of(graph, window.operands[0]);
  if (pad == nullptr || pad->op->name != "pad") return {};
  const auto& attrs = pad->attrs.as<PadAttrs>();
  if (attrs.mode != PadMode::constant) return {};
  std::vector<OperandType> types;
  for (const ValueId operand : pad->operands) {
    if (operand && !graph[operand].type.is_tensor()) return {};
    types.push_back(operand ? operand_type(graph[operand]) : OperandType{});
  }
  std::vector<const OperandType*> pointers;
  for (size_t i = 0; i < types.size(); ++i) {
    pointers.push_back(pad->operands[i] ? &types[i] : nullptr);
  }
  const auto axes = find_pads(attrs, pointers);
  if (!axes || !*axes) return {};
  Padding padding{pad->operands[0], **axes, 0};
  if (const ValueId value = pad->operands[2]) {
    const auto number = constant_numbers(graph, value);
    if (!number || number->size() != 1) return {};
    padding.value = (*number)[0];
  }
  return padding;
}

bool is_zero(const std::vector<int64_t>& pads) {
  return std::ranges::all_of(pads, [](int64_t pad) { return pad == 0; });
}

// The window over x itself, whose spatial axes begin at `first`.
std::optional<WindowAttrs> widened(WindowAttrs window, const Padding& padding, size_t first) {
  using Pad = WindowAttrs::Pad;
  if (window.pad != Pad::given && window.pad != Pad::valid) return {};
  const size_t spatial = padding.axes.size() - 2;
  if (window.pad == Pad::valid || window.pads.empty()) window.pads.assign(2 * spatial, 0);
  window.pad = Pad::given;
  for (size_t i = 0; i < padding.axes.size(); ++i) {
    const AxisPad& pad = padding.axes[i];
    if (std::min(pad.before, pad.after) < 0) return {};
    if (i >= first && i < first + spatial) {
      window.pads[i - first] += pad.before;
      window.pads[i - first + spatial] += pad.after;
    } else if (pad.before + pad.after != 0) {
      return {};
    }
  }
  return window;
}

// Whether no element of x is below `value`.
bool is_bound(const Graph& graph, ValueId x, double value) {
  const DType dtype = graph[x].type.tensor.dtype;
  if (is_float(dtype) && value == -std::numeric_limits<double>::infinity()) return true;
  if (is_integer(dtype) && value == static_cast<double>(integer_range(dtype).least)) return true;
  const Node* maker = producer_of(graph, x);
  if (maker == nullptr || value > 0) return false;
  if (maker->op->name == "unary") return maker->attrs.as<UnaryAttrs>().kind == UnaryKind::relu;
  if (maker->op->name != "conv") return false;
  const EpilogueAttrs& epilogue = maker->attrs.as<ConvAttrs>().epilogue;
  const bool last = !maker->operands[3] || epilogue.residual == ResidualPlace::before;
  const bool clips = epilogue.activation == Activation::clip && epilogue.low >= 0;
  return last && (clips || epilogue.activation == Activation::relu);
}

// A largest element is the same without what is padded if each window sees an element of x.
bool sees_more_than_padding(const PoolAttrs& pool, const WindowAttrs& window) {
  const size_t spatial = pool.kernel.size();
  if (window.pads.size() != 2 * spatial ||
      !std::ranges::all_of(window.dilations, [](int64_t d) { return d == 1; })) {
    return false;
  }
  for (size_t i = 0; i < 2 * spatial; ++i) {
    if (window.pads[i] < 0 || window.pads[i] >= pool.kernel[i % spatial]) return false;
  }
  return true;
}

std::optional<Attrs> widened_pool(const Graph& graph, PoolAttrs pool, const Padding& padding) {
  const auto window = widened(pool.window, padding, 2);
  if (!window || pool.kernel.empty() || pool.ceil || pool.indices) return {};
  if (pool.kind == PoolAttrs::Kind::average) {
    const bool counts = pool.count_padding || is_zero(pool.window.pads);
    if (padding.value != 0 || !counts) return {};
    pool.count_padding = true;
  } else if (pool.kind != PoolAttrs::Kind::max || !sees_more_than_padding(pool, *window) ||
             !is_bound(graph, padding.x, padding.value)) {
    return {};
  }
  pool.window = *window;
  return pool;
}

std::optional<Attrs> widened_attrs(const Graph& graph, const Node& node, const Padding& padding) {
  if (node.op->name == "pool") return widened_pool(graph, node.attrs.as<PoolAttrs>(), padding);
  if (node.op->name == "conv") {
    auto attrs = node.attrs.as<ConvAttrs>();
    const auto window = widened(attrs.window, padding, 2);
    if (!window || padding.value != 0) return {};
    attrs.window = *window;
    return attrs;
  }
  auto attrs = node.attrs.as<QuantizedConvAttrs>();
  if (graph[node.operands[1]].type.tensor.shape.size() != padding.axes.size()) return {};  // matmul
  const auto window = widened(attrs.window, padding, 1);
  if (!window || padding.value != static_cast<double>(attrs.x_zero)) return {};
  attrs.window = *window;
  return attrs;
}

bool has_window(const Node& node) {
  return node.op->name == "conv" || node.op->name == "pool" || node.op->name == "quantized_conv";
}

}  // namespace

Expected<Graph> fuse_pad(const Graph& graph, const TargetDesc&) {
  Rewriter rewriter(graph);
  for (const Node& node : graph.nodes) {
    const auto padding = has_window(node) ? padding_before(graph, node) : std::nullopt;
    const bool has_axes = padding && padding->axes.size() > 2;
    const auto attrs = has_axes ? widened_attrs(graph, node, *padding) : std::nullopt;
    if (attrs) {
      std::vector<ValueId> operands;
      for (const ValueId operand : node.operands) operands.push_back(rewriter(operand));
      operands[0] = rewriter(padding->x);
      // An absurd padding is left to the pad.
      if (rewriter.add(node.op->name, node.name, *attrs, std::move(operands), node.results[0])) {
        continue;
      }
    }
    HONE_RETURN_IF_ERROR(rewriter.keep(node));
  }
  return std::move(rewriter).finish();
}

}  // namespace hone::passes
