#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "ir/rewrite.h"
#include "ops/batch_matmul/op.h"
#include "ops/binary/op.h"
#include "ops/conv/op.h"
#include "ops/dequantize/op.h"
#include "ops/pool/op.h"
#include "ops/quantize/op.h"
#include "ops/quantized_binary/op.h"
#include "ops/quantized_conv/op.h"
#include "ops/quantized_pool/op.h"
#include "ops/reduce/op.h"
#include "ops/reshape/op.h"
#include "ops/shape_rules.h"
#include "ops/transpose/op.h"
#include "ops/unary/op.h"
#include "passes/code_grid.h"
#include "passes/code_table.h"
#include "passes/quantized.h"

namespace hone::passes {
namespace {

using namespace ir;

std::vector<int64_t> to_last(size_t rank) {
  std::vector<int64_t> perm{0};
  for (size_t i = 2; i < rank; ++i) perm.push_back(static_cast<int64_t>(i));
  perm.push_back(1);
  return perm;
}
std::vector<int64_t> to_second(size_t rank) {
  std::vector<int64_t> perm{0, static_cast<int64_t>(rank) - 1};
  for (size_t i = 1; i + 1 < rank; ++i) perm.push_back(static_cast<int64_t>(i));
  return perm;
}

// How far, in codes of the result, a bias may move when it becomes a number of the sums' units: a
// result lies as near as that to a border between two codes, and so changes, one time in 32 at
// most, and never by more than one code. Half a unit, the most that a bias moves, is below it where
// a unit is below a sixteenth of a code, as it is in what quantizers make (below a hundredth); only
// a bias in floats or on a grid of its own can fail. TFLite's biases are such numbers already.
constexpr double kMostMoved = 1.0 / 32;

// Codes behind a dequantize with one scale.
struct Codes {
  ValueId source;
  CodeGrid grid;
};

// The weights of a conv or matmul: [out, ...] or [..., out], with a scale for all or one an output.
struct CodeWeights {
  ValueId source;
  size_t out_axis = 0;
  std::vector<double> scales;  // one an output
  int64_t zero = 0;
  // Whether the product of x's scale and this is an f32, as TFLite has it where one is for all: in
  // products of matrices, and of u8.
  bool rounds_units = false;
  // TFLite's products of i8 matrices round as floats do.
  bool rounds_floats = false;
};

// The value that a quantize rounds, with the clamp before it taken out.
struct Root {
  const Node* node = nullptr;  // that makes it
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
};

class QuantizedFolder {
 public:
  explicit QuantizedFolder(const Graph& graph)
      : graph_(graph), rewriter_(graph), uses_(count_uses(graph)) {}

  Status take(const Node& node) {
    HONE_TRY(const bool folded, fold(node));
    if (folded) return {};
    return rewriter_.keep(node);
  }
  Graph finish() && { return std::move(rewriter_).finish(); }

 private:
  Expected<bool> fold(const Node& node) {
    if (node.op->name == "pool") return largest_code(node);
    if (node.op->name != "quantize") return false;
    const auto grid = grid_of(graph_, node);
    if (!grid) return false;
    const Root root = root_of(node.operands[0]);
    if (root.node != nullptr) {
      HONE_TRY(const bool folded, fold_root(node, *grid, root));
      if (folded) return true;
    }
    return fold_table(graph_, node, rewriter_);
  }

  Expected<bool> fold_root(const Node& node, const CodeGrid& y, const Root& root) {
    const std::string_view op = root.node->op->name;
    const CodesAttrs codes = codes_of(y, root);
    if (op == "conv") return conv(node, *root.node, y, codes);
    if (op == "batch_matmul") return matmul(node, *root.node, {}, y, codes);
    if (op == "pool") return mean_in_window(node, *root.node, y, codes);
    if (op == "reduce") return mean(node, *root.node, y, codes);
    if (op == "concat") return concat(node, *root.node, y, root);
    if (op != "binary") return false;
    HONE_TRY(const bool biased, biased_matmul(node, *root.node, y, codes));
    if (biased) return true;
    HONE_TRY(const bool tabled, fold_table(graph_, node, rewriter_));
    if (tabled) return true;
    return binary(node, *root.node, y, codes);
  }

  // Walks from a quantize's operand up through clamps that nothing else reads.
  Root root_of(ValueId value) const {
    Root root;
    while (true) {
      if (uses_[static_cast<size_t>(value.index)] != 1) return {};
      const Node* maker = producer_of(graph_, value);
      if (maker == nullptr) return {};
      double low = -std::numeric_limits<double>::infinity(), high = -low;
      const ValueId clamped = clamp_of(*maker, low, high);
      if (!clamped) {
        root.node = maker;
        return root;
      }
      // What is clamped first can only be clamped further.
      const double least = root.low, most = root.high;
      root.low = std::min(std::max(low, least), most);
      root.high = std::min(std::max(high, least), most);
      value = clamped;
    }
  }

  // The operand of a relu, or of a min or max with a number; none if the node is something else.
  ValueId clamp_of(const Node& node, double& low, double& high) const {
    if (node.op->name == "unary" && node.attrs.as<UnaryAttrs>().kind == UnaryKind::relu) {
      low = 0;
      return node.operands[0];
    }
    if (node.op->name != "binary") return {};
    const BinaryKind kind = node.attrs.as<BinaryAttrs>().kind;
    if (kind != BinaryKind::min && kind != BinaryKind::max) return {};
    for (const size_t i : {0u, 1u}) {
      const auto bound = constant_numbers(graph_, node.operands[1 - i]);
      const bool same_shape = graph_[node.operands[i]].type == graph_[node.results[0]].type;
      if (!bound || bound->size() != 1 || std::isnan(bound->front()) || !same_shape) continue;
      (kind == BinaryKind::max ? low : high) = bound->front();
      return node.operands[i];
    }
    return {};
  }

  static CodesAttrs codes_of(const CodeGrid& grid, const Root& root) {
    const bool is_signed = grid.dtype == DType::i8;
    const double least = is_signed ? -128 : 0, most = is_signed ? 127 : 255;
    const auto code = [&](double real) {
      const double units = real / static_cast<double>(grid.scale);
      const double whole = std::isinf(units) ? units : std::nearbyint(units);
      return static_cast<int64_t>(std::clamp(whole + static_cast<double>(grid.zero), least, most));
    };
    return {.to = std::string(name_of(grid.dtype)),
            .zero = grid.zero,
            .low = code(root.low),
            .high = code(root.high)};
  }

  std::optional<Codes> codes_behind(ValueId value) const {
    const Node* maker = producer_of(graph_, value);
    if (maker == nullptr || maker->op->name != "dequantize") return {};
    const auto grid = grid_of(graph_, *maker);
    if (!grid) return {};
    return Codes{maker->operands[0], *grid};
  }

  // Whether a value follows from a constant by transposes and reshapes, which are folded later.
  bool is_constant(ValueId value) const {
    for (int depth = 0; depth < 8; ++depth) {
      if (graph_[value].kind == ValueKind::constant) return true;
      const Node* maker = producer_of(graph_, value);
      if (maker == nullptr) return false;
      if (maker->op->name != "transpose" && maker->op->name != "reshape") return false;
      value = maker->operands[0];
    }
    return false;
  }

  enum class Of : uint8_t { conv, matmul };
  std::optional<CodeWeights> weights_behind(ValueId value, size_t out_axis, Of of) const {
    const Node* maker = producer_of(graph_, value);
    if (maker == nullptr || maker->op->name != "dequantize" || !is_constant(maker->operands[0])) {
      return {};
    }
    const TensorType& type = graph_[maker->operands[0]].type.tensor;
    const auto& attrs = maker->attrs.as<DequantizeAttrs>();
    if (!is_code(type.dtype) || !is_static(type.shape) || attrs.block != 0) return {};
    const auto scales = constant_numbers(graph_, maker->operands[1]);
    if (!scales || graph_[maker->operands[1]].type.tensor.dtype != DType::f32) return {};
    const auto out = static_cast<size_t>(type.shape[out_axis].value());
    CodeWeights weights{.source = maker->operands[0], .out_axis = out_axis, .scales = *scales};
    if (scales->size() == 1) {
      weights.scales.assign(out, scales->front());
      weights.rounds_units = of == Of::matmul || type.dtype == DType::u8;
      weights.rounds_floats = of == Of::matmul && type.dtype == DType::i8;
    } else if (scales->size() != out || find_axis(attrs.axis, type.shape.size()) != out_axis) {
      return {};
    }
    if (!maker->operands[2]) return weights;
    const auto zeros = constant_numbers(graph_, maker->operands[2]);
    if (!zeros || zeros->empty()) return {};
    for (const double zero : *zeros) {
      if (zero != zeros->front()) return {};
    }
    weights.zero = static_cast<int64_t>(zeros->front());
    return weights;
  }

  // The numbers of a constant, or of a constant of integers dequantized; nothing if they differ
  // along other axes than the last.
  std::optional<std::vector<double>> numbers_behind(ValueId value) const {
    const Node* maker = producer_of(graph_, value);
    if (maker == nullptr) {
      auto numbers = constant_numbers(graph_, value);
      if (!numbers) return {};
      const Shape& shape = graph_[value].type.tensor.shape;
      const auto last = shape.empty() ? int64_t{1} : shape.back().value();
      if (numbers->size() != static_cast<size_t>(last)) return {};
      return numbers;
    }
    if (maker->op->name != "dequantize") return {};
    auto codes = constant_numbers(graph_, maker->operands[0]);
    const auto scales = constant_numbers(graph_, maker->operands[1]);
    if (!codes || !scales || (scales->size() != 1 && scales->size() != codes->size())) return {};
    if (graph_[maker->operands[0]].type.tensor.shape.size() != 1) return {};
    if (maker->operands[2]) {
      const auto zeros = constant_numbers(graph_, maker->operands[2]);
      if (!zeros || std::ranges::any_of(*zeros, [](double zero) { return zero != 0; })) return {};
    }
    for (size_t i = 0; i < codes->size(); ++i) {
      (*codes)[i] *= (*scales)[scales->size() == 1 ? 0 : i];
    }
    return codes;
  }

  static bool is_fixed_point(const Node& node) {
    return node.op->name == "quantize" && node.attrs.as<QuantizeAttrs>().fixed_point;
  }

  template <class T>
  ValueId constant(std::string_view name, DType dtype, const std::vector<T>& values) {
    auto bytes = std::make_shared<std::vector<std::byte>>(values.size() * sizeof(T));
    if (!values.empty()) std::memcpy(bytes->data(), values.data(), bytes->size());
    const TensorType type{dtype, {Dim(static_cast<int64_t>(values.size()))}};
    return rewriter_.new_constant(name, type, std::move(bytes));
  }

  // What sums cannot go beyond, whatever the codes are.
  double most_of_sums(const Codes& x, const CodeWeights& w) const {
    const TensorType& type = graph_[w.source].type.tensor;
    auto most = static_cast<double>(farthest_code(x.grid.dtype, x.grid.zero) *
                                    farthest_code(type.dtype, w.zero));
    for (size_t i = 0; i < type.shape.size(); ++i) {
      if (i != w.out_axis) most *= static_cast<double>(type.shape[i].value());
    }
    return most;
  }

  // What the sums of each output cannot go beyond: with its weights, if they are here.
  std::vector<double> most_of_each(const Codes& x, const CodeWeights& w) const {
    const Value& source = graph_[w.source];
    const size_t out = w.scales.size();
    if (source.kind != ValueKind::constant) return std::vector(out, most_of_sums(x, w));
    const TensorType& type = source.type.tensor;
    const auto far = static_cast<double>(farthest_code(x.grid.dtype, x.grid.zero));
    size_t inner = 1;  // elements of one entry of the outputs' axis
    for (size_t i = w.out_axis + 1; i < type.shape.size(); ++i) {
      inner *= static_cast<size_t>(type.shape[i].value());
    }
    std::vector<double> most(out, 0);
    for (size_t i = 0; i < source.constant.bytes.size(); ++i) {
      const std::byte code = source.constant.bytes[i];
      const int64_t weight =
          type.dtype == DType::i8 ? std::to_integer<int8_t>(code) : std::to_integer<uint8_t>(code);
      most[i / inner % out] += far * static_cast<double>(std::abs(weight - w.zero));
    }
    return most;
  }

  // The bias in units of the sums; nothing if it cannot be had without
  // showing, or if 32 bits cannot hold the sums.
  std::optional<std::vector<int32_t>> counts_of(const Node& quantize, const Codes& x,
                                                const CodeWeights& w, const CodeGrid& y,
                                                ValueId bias) const {
    if (most_of_sums(x, w) > INT32_MAX) return {};
    if (!bias) return std::vector<int32_t>();
    const auto reals = numbers_behind(bias);
    if (!reals || reals->size() != w.scales.size()) return {};
    const std::vector<double> most = most_of_each(x, w);
    std::vector<int32_t> counts;
    for (size_t i = 0; i < reals->size(); ++i) {
      const double unit = static_cast<double>(x.grid.scale) * w.scales[i];
      const double nearest = std::nearbyint((*reals)[i] / unit);
      // Quantizers choose scales of weights that are almost 0 so that a bias just fits an i32.
      const double room = INT32_MAX - most[i], count = std::clamp(nearest, -room, room);
      const double moved = ((*reals)[i] - count * unit) / static_cast<double>(y.scale);
      const bool given = is_fixed_point(quantize) && count == nearest;
      if (!given && !(std::fabs(moved) <= kMostMoved)) return {};
      counts.push_back(static_cast<int32_t>(count));
    }
    return counts;
  }

  // Scales in units of the result's, and the bias in units of the sums. Nothing if a bias cannot
  // be had or 32 bits cannot hold the sums.
  std::optional<std::array<ValueId, 2>> scale_and_bias(const Node& quantize, const Codes& x,
                                                       const CodeWeights& w, const CodeGrid& y,
                                                       ValueId bias) {
    const std::string& name = name_of_result(quantize);
    const auto of_y = static_cast<double>(y.scale), of_x = static_cast<double>(x.grid.scale);
    std::vector<double> scales;
    for (const double scale : w.scales) {
      const double unit = of_x * scale;
      scales.push_back((w.rounds_units ? static_cast<double>(static_cast<float>(unit)) : unit) /
                       of_y);
    }
    std::array<ValueId, 2> made;
    const auto counts = counts_of(quantize, x, w, y, bias);
    if (!counts) return {};
    if (bias) made[1] = constant(cat(name, "/bias"), DType::i32, *counts);
    if (is_fixed_point(quantize) && !w.rounds_floats) {
      made[0] = constant(cat(name, "/scale"), DType::f64, scales);
    } else {
      made[0] = constant(cat(name, "/scale"), DType::f32,
                         std::vector<float>(scales.begin(), scales.end()));
    }
    return made;
  }

  Expected<ValueId> transposed(ValueId value, std::string_view name, std::vector<int64_t> perm) {
    return rewriter_.add("transpose", name, TransposeAttrs{std::move(perm)}, {value}, {});
  }

  const std::string& name_of_result(const Node& node) const { return graph_[node.results[0]].name; }

  Expected<bool> conv(const Node& node, const Node& conv, const CodeGrid& y,
                      const CodesAttrs& codes) {
    const auto& attrs = conv.attrs.as<ConvAttrs>();
    const auto x = codes_behind(conv.operands[0]);
    const auto w = weights_behind(conv.operands[1], 0, Of::conv);
    if (!x || !w || conv.operands[3] || attrs.epilogue.activation != Activation::none) return false;
    const std::string& name = name_of_result(node);
    const auto more = scale_and_bias(node, *x, *w, y, conv.operands[2]);
    if (!more) return false;
    const size_t rank = graph_[w->source].type.tensor.shape.size();
    HONE_TRY(
        const ValueId x_last,
        transposed(rewriter_(x->source), rewriter_.free_name(cat(name, "/x_last")), to_last(rank)));
    HONE_TRY(
        const ValueId w_last,
        transposed(rewriter_(w->source), rewriter_.free_name(cat(name, "/w_last")), to_last(rank)));
    const QuantizedConvAttrs made{.window = attrs.window,
                                  .groups = attrs.groups,
                                  .x_zero = x->grid.zero,
                                  .w_zero = w->zero,
                                  .y = codes};
    HONE_TRY(const ValueId last,
             rewriter_.add("quantized_conv", rewriter_.free_name(cat(name, "/last")), made,
                           {x_last, w_last, (*more)[0], (*more)[1]}, {}));
    return put_second(node, last, rank);
  }

  // The result of a node in the order that channels-second ops have.
  Expected<bool> put_second(const Node& node, ValueId last, size_t rank) {
    HONE_TRY(const ValueId second, transposed(last, name_of_result(node), to_second(rank)));
    rewriter_.replace(node.results[0], second);
    return true;
  }

  Expected<bool> matmul(const Node& node, const Node& product, ValueId added, const CodeGrid& y,
                        const CodesAttrs& codes) {
    const auto& attrs = product.attrs.as<BatchMatmulAttrs>();
    const Type &a = graph_[product.operands[0]].type, &b = graph_[product.operands[1]].type;
    if (!a.is_tensor() || !b.is_tensor() || b.tensor.shape.size() != 2) return false;
    const bool turned = attrs.trans_a && a.tensor.shape.size() > 1;
    const ValueId bias = added ? added : product.operands[2];
    const auto x = codes_behind(product.operands[0]);
    const auto w = weights_behind(product.operands[1], attrs.trans_b ? 0 : 1, Of::matmul);
    if (!x || !w || turned || attrs.alpha != 1 || (product.operands[2] && added) ||
        (product.operands[2] && attrs.beta != 1)) {
      return false;
    }
    const std::string& name = name_of_result(node);
    const auto more = scale_and_bias(node, *x, *w, y, bias);
    if (!more) return false;
    ValueId weight = rewriter_(w->source);
    if (!attrs.trans_b) {
      HONE_TRY(weight, transposed(weight, rewriter_.free_name(cat(name, "/w_last")), {1, 0}));
    }
    const QuantizedConvAttrs made{.x_zero = x->grid.zero, .w_zero = w->zero, .y = codes};
    HONE_TRY(
        [[maybe_unused]] const ValueId result,
        rewriter_.add("quantized_conv", name, made,
                      {rewriter_(x->source), weight, (*more)[0], (*more)[1]}, node.results[0]));
    return true;
  }

  // A matmul whose bias is added by a node of its own.
  Expected<bool> biased_matmul(const Node& node, const Node& sum, const CodeGrid& y,
                               const CodesAttrs& codes) {
    if (sum.attrs.as<BinaryAttrs>().kind != BinaryKind::add) return false;
    for (const size_t i : {0u, 1u}) {
      const ValueId value = sum.operands[i];
      const Node* product = producer_of(graph_, value);
      if (product == nullptr || product->op->name != "batch_matmul") continue;
      const bool alone = uses_[static_cast<size_t>(value.index)] == 1;
      if (!alone || !(graph_[value].type == graph_[sum.results[0]].type)) continue;
      return matmul(node, *product, sum.operands[1 - i], y, codes);
    }
    return false;
  }

  Expected<bool> binary(const Node& node, const Node& op, const CodeGrid& y,
                        const CodesAttrs& codes) {
    using Kind = QuantizedBinaryAttrs::Kind;
    const BinaryKind kind = op.attrs.as<BinaryAttrs>().kind;
    const auto a = codes_behind(op.operands[0]), b = codes_behind(op.operands[1]);
    if (!a || !b) return false;
    QuantizedBinaryAttrs attrs{.a_zero = a->grid.zero,
                               .b_zero = b->grid.zero,
                               .a_scale = a->grid.scale,
                               .b_scale = b->grid.scale,
                               .y_scale = y.scale,
                               .fixed_point = is_fixed_point(node),
                               .y = codes};
    if (kind == BinaryKind::add) {
      attrs.kind = Kind::add;
    } else if (kind == BinaryKind::sub) {
      attrs.kind = Kind::sub;
    } else if (kind == BinaryKind::mul) {
      attrs.kind = Kind::mul;
    } else {
      return false;
    }
    HONE_TRY([[maybe_unused]] const ValueId made,
             rewriter_.add("quantized_binary", name_of_result(node), attrs,
                           {rewriter_(a->source), rewriter_(b->source)}, node.results[0]));
    return true;
  }

  Expected<bool> mean_in_window(const Node& node, const Node& pool, const CodeGrid& y,
                                const CodesAttrs& codes) {
    const auto& attrs = pool.attrs.as<PoolAttrs>();
    const auto x = codes_behind(pool.operands[0]);
    if (!x || attrs.kind != PoolAttrs::Kind::average) return false;
    return add_pool(node, attrs, *x, y, codes);
  }

  Expected<bool> add_pool(const Node& node, const PoolAttrs& attrs, const Codes& x,
                          const CodeGrid& y, const CodesAttrs& codes) {
    const std::string& name = name_of_result(node);
    const size_t rank = graph_[x.source].type.tensor.shape.size();
    HONE_TRY(
        const ValueId x_last,
        transposed(rewriter_(x.source), rewriter_.free_name(cat(name, "/x_last")), to_last(rank)));
    const QuantizedPoolAttrs made{.pool = attrs,
                                  .x_zero = x.grid.zero,
                                  .x_scale = x.grid.scale,
                                  .y_scale = y.scale,
                                  .fixed_point = is_fixed_point(node),
                                  .y = codes};
    HONE_TRY(const ValueId last,
             rewriter_.add("quantized_pool", rewriter_.free_name(cat(name, "/last")), made,
                           {x_last}, {}));
    return put_second(node, last, rank);
  }

  // The largest code in a window, which sink_dequantize has left among the codes.
  Expected<bool> largest_code(const Node& node) {
    const auto& attrs = node.attrs.as<PoolAttrs>();
    const Type& type = graph_[node.operands[0]].type;
    if (attrs.kind != PoolAttrs::Kind::max || attrs.indices || !type.is_tensor() ||
        !is_code(type.tensor.dtype)) {
      return false;
    }
    const CodeGrid grid{.dtype = type.tensor.dtype};
    return add_pool(node, attrs, {node.operands[0], grid}, grid, codes_of(grid, Root{}));
  }

  // The mean over all spatial axes, whether channels come second or last.
  Expected<bool> mean(const Node& node, const Node& reduce, const CodeGrid& y,
                      const CodesAttrs& codes) {
    const auto& attrs = reduce.attrs.as<ReduceAttrs>();
    const auto x = codes_behind(reduce.operands[0]);
    if (!x || attrs.kind != ReduceKind::mean || reduce.operands[1] || attrs.axes.empty()) {
      return false;
    }
    const size_t rank = graph_[x->source].type.tensor.shape.size();
    if (rank < 3 || rank > 5 || attrs.axes.size() != rank - 2) return false;
    std::vector<bool> reduced(rank, false);
    for (const int64_t axis : attrs.axes) {
      const auto found = find_axis(axis, rank);
      if (!found) return false;
      reduced[*found] = true;
    }
    const auto channels = static_cast<size_t>(
        std::ranges::find(reduced.begin() + 1, reduced.end(), false) - reduced.begin());
    const bool second = channels == 1, last = channels == rank - 1;
    const auto left = std::ranges::count(reduced, false);
    if (reduced[0] || left != 2 || (!second && !last)) return false;
    return add_mean(node, *x, y, codes, rank, second, attrs.keepdims);
  }

  Expected<bool> add_mean(const Node& node, const Codes& x, const CodeGrid& y,
                          const CodesAttrs& codes, size_t rank, bool second, bool keepdims) {
    const std::string& name = name_of_result(node);
    ValueId value = rewriter_(x.source);
    if (second) {
      HONE_TRY(value, transposed(value, rewriter_.free_name(cat(name, "/x_last")), to_last(rank)));
    }
    const QuantizedPoolAttrs attrs{.pool = {.kind = PoolAttrs::Kind::average},
                                   .x_zero = x.grid.zero,
                                   .x_scale = x.grid.scale,
                                   .y_scale = y.scale,
                                   .fixed_point = is_fixed_point(node),
                                   .y = codes};
    HONE_TRY(value, rewriter_.add("quantized_pool", rewriter_.free_name(cat(name, "/last")), attrs,
                                  {value}, {}));
    if (second && keepdims) return put_second(node, value, rank);
    if (!keepdims) {
      ReshapeAttrs squeeze{.to = ReshapeAttrs::To::squeeze};
      for (size_t i = 1; i + 1 < rank; ++i) squeeze.shape.push_back(static_cast<int64_t>(i));
      HONE_TRY(value, rewriter_.add("reshape", name, squeeze, {value}, {}));
    }
    rewriter_.replace(node.results[0], value);
    return true;
  }

  // Operands on other grids than the result's are brought to it by tables.
  Expected<bool> concat(const Node& node, const Node& concat, const CodeGrid& y, const Root& root) {
    if (!std::isinf(root.low) || !std::isinf(root.high)) return false;
    std::vector<Codes> all;
    for (const ValueId operand : concat.operands) {
      const auto codes = codes_behind(operand);
      if (!codes) return false;
      all.push_back(*codes);
    }
    std::vector<ValueId> operands;
    for (size_t i = 0; i < all.size(); ++i) {
      if (all[i].grid == y) {
        operands.push_back(rewriter_(all[i].source));
        continue;
      }
      const Node& dequantize = *producer_of(graph_, concat.operands[i]);
      HONE_TRY(const ValueId moved, add_table(graph_, node, {&dequantize}, dequantize, rewriter_));
      operands.push_back(moved);
    }
    HONE_TRY([[maybe_unused]] const ValueId made,
             rewriter_.add("concat", name_of_result(node), concat.attrs, std::move(operands),
                           node.results[0]));
    return true;
  }

  const Graph& graph_;
  Rewriter rewriter_;
  std::vector<int> uses_;
};

}  // namespace

Expected<Graph> fold_quantized(const Graph& graph, const TargetDesc&) {
  QuantizedFolder folder(graph);
  for (const Node& node : graph.nodes) HONE_RETURN_IF_ERROR(folder.take(node));
  return std::move(folder).finish();
}

}  // namespace hone::passes
