#include "frontend/onnx/add_binary.h"
#include "ops/normalize/op.h"
#include "ops/reduce/op.h"
#include "ops/shape_rules.h"
#include "ops/unary/op.h"

namespace hone::onnx {
namespace {

using ir::ValueId;
using Kind = NormalizeAttrs::Kind;

// The mean and the inverse deviation of x over the axes from `axis` on, as outputs `first` and
// `first` + 1, where they are asked for.
void statistics(NodeImport& n, ValueId x, const NormalizeAttrs& attrs, size_t first) {
  if (!n.has_output(first) && !n.has_output(first + 1)) return;
  const auto rank = n.rank(x);
  if (!rank) return n.unsupported("gives statistics of a tensor of unknown rank");
  ReduceAttrs mean_of{.kind = ReduceKind::mean};
  const auto first_axis = find_axis(attrs.axis, static_cast<size_t>(*rank));
  if (!first_axis) return n.invalid("axis ", attrs.axis, " is none of ", *rank);
  for (auto axis = static_cast<int64_t>(*first_axis); axis < *rank; ++axis) {
    mean_of.axes.push_back(axis);
  }
  const ValueId mean = n.add("reduce", {x, {}}, mean_of);
  const ValueId away = attrs.kind == Kind::rms ? x : add_binary(n, BinaryKind::sub, x, mean);
  const ValueId variance =
      n.add("reduce", {add_binary(n, BinaryKind::mul, away, away), {}}, mean_of);
  const ValueId eps = n.scalar(n.dtype(x).value_or(DType::f32), static_cast<double>(attrs.eps));
  const ValueId deviation =
      n.add("unary", {add_binary(n, BinaryKind::add, variance, eps)}, UnaryAttrs{UnaryKind::sqrt});
  if (n.has_output(first)) n.output(first, mean);
  if (!n.has_output(first + 1)) return;
  n.output(first + 1, n.add("unary", {deviation}, UnaryAttrs{UnaryKind::reciprocal}));
}

// Whether the numbers have the shape of x from `axis` on; if not, they broadcast.
bool fits(NodeImport& n, ValueId x, ValueId numbers, int64_t axis) {
  const auto rank = n.rank(x), own = n.rank(numbers);
  if (!numbers || !rank || !own) return true;
  const auto first = find_axis(axis, static_cast<size_t>(*rank));
  if (!first || *own != *rank - static_cast<int64_t>(*first)) return false;
  const Shape &all = n.type(x).tensor.shape, &given = n.type(numbers).tensor.shape;
  for (size_t i = 1; i <= given.size(); ++i) {
    const Dim a = all[all.size() - i], b = given[given.size() - i];
    if (a != b && !a.is_symbol() && !b.is_symbol()) return false;
  }
  return true;
}

// Normalizes x by the node's attributes axis and epsilon, with given scale and bias.
void layer_of(NodeImport& n, Kind kind, ValueId x, ValueId scale, ValueId bias, size_t stats,
              float eps = 1e-5f) {
  const NormalizeAttrs attrs{
      .kind = kind, .axis = n.attr("axis", int64_t{-1}), .eps = n.attr("epsilon", eps)};
  if (fits(n, x, scale, attrs.axis) && fits(n, x, bias, attrs.axis)) {
    n.output(0, n.add("normalize", {x, scale, bias}, attrs));
  } else {
    ValueId y = n.add("normalize", {x, {}, {}}, attrs);
    if (scale) y = add_binary(n, BinaryKind::mul, y, scale);
    if (bias) y = add_binary(n, BinaryKind::add, y, bias);
    n.output(0, y);
  }
  if (stats > 0) statistics(n, x, attrs, stats);
}

void layer(NodeImport& n) { layer_of(n, Kind::layer, n.input(0), n.input(1), n.input(2), 1); }
void rms(NodeImport& n) { layer_of(n, Kind::rms, n.input(0), n.input(1), {}, 0); }

// com.microsoft: normalizes x + skip + bias, and gives that sum as output 3.
template <Kind kind>
void skip(NodeImport& n) {
  const size_t bias = kind == Kind::layer ? 4 : 3;  // input, skip, gamma, beta (layer only), bias
  ValueId sum = add_binary(n, BinaryKind::add, n.input(0), n.input(1));
  if (n.has_input(bias)) sum = add_binary(n, BinaryKind::add, sum, n.input(bias));
  layer_of(n, kind, sum, n.input(2), kind == Kind::layer ? n.input(3) : ValueId{}, 1, 1e-12f);
  n.output(3, sum);
}

void instance(NodeImport& n) {
  const NormalizeAttrs attrs{.kind = Kind::groups, .eps = n.attr("epsilon", 1e-5f)};
  n.output(0, n.add("normalize", {n.input(0), n.input(1), n.input(2)}, attrs));
}

void group(NodeImport& n) {
  const NormalizeAttrs attrs{.kind = Kind::groups,
                             .groups = n.attr("num_groups", int64_t{1}),
                             .eps = n.attr("epsilon", 1e-5f)};
  n.output(0, n.add("normalize", {n.input(0), n.input(1), n.input(2)}, attrs));
}

// x / norm along an axis; since opset 22 it is 0 where the norm is 0.
void lp(NodeImport& n) {
  const ValueId x = n.input(0);
  const auto dtype = n.dtype(x);
  if (!dtype) return n.unsupported("normalizes a tensor of unknown dtype");
  const bool absolute = n.attr("p", int64_t{2}) == 1;
  const ReduceAttrs attrs{.kind = absolute ? ReduceKind::l1 : ReduceKind::l2,
                          .axes = {n.attr("axis", int64_t{-1})}};
  ValueId norm = n.add("reduce", {x, {}}, attrs);
  if (n.opset() >= 22) {
    const ValueId tiny = n.scalar(*dtype, *dtype == DType::f16 ? 0x1p-24 : 0x1p-126);
    norm = add_binary(n, BinaryKind::max, norm, tiny);
  }
  n.output(0, add_binary(n, BinaryKind::div, x, norm));
}

// (x - mean) / (deviation + 1e-9), the function that ONNX gives.
void mean_variance(NodeImport& n) {
  const ValueId x = n.input(0);
  const auto dtype = n.dtype(x);
  if (!dtype) return n.unsupported("normalizes a tensor of unknown dtype");
  ReduceAttrs attrs{.kind = ReduceKind::mean, .axes = n.ints("axes")};
  if (attrs.axes.empty()) attrs.axes = {0, 2, 3};
  const ValueId away = add_binary(n, BinaryKind::sub, x, n.add("reduce", {x, {}}, attrs));
  const ValueId variance = n.add("reduce", {add_binary(n, BinaryKind::mul, away, away), {}}, attrs);
  const ValueId deviation = n.add("unary", {variance}, UnaryAttrs{UnaryKind::sqrt});
  n.output(0, add_binary(n, BinaryKind::div, away,
                         add_binary(n, BinaryKind::add, deviation, n.scalar(*dtype, 1e-9))));
}

}  // namespace

std::span<const OnnxOp> normalize_onnx_ops() {
  static constexpr OnnxOp kOps[] = {
      {"", "LayerNormalization", layer},
      {"", "RMSNormalization", rms},
      {"", "SimplifiedLayerNormalization", rms},
      {"", "InstanceNormalization", instance},
      {"", "GroupNormalization", group},
      {"", "LpNormalization", lp},
      {"", "MeanVarianceNormalization", mean_variance},
      {"com.microsoft", "SkipLayerNormalization", skip<Kind::layer>},
      {"com.microsoft", "SkipSimplifiedLayerNormalization", skip<Kind::rms>},
  };
  return kOps;
}

}  // namespace hone::onnx
