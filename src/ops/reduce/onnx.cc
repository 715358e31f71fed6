#include "frontend/onnx/node_import.h"
#include "ops/binary/op.h"
#include "ops/reduce/op.h"
#include "ops/unary/op.h"

namespace hone::onnx {
namespace {

// Axes stand in an attribute in old opsets, in an input in new ones.
template <ReduceKind kind>
void reduce(NodeImport& n) {
  ReduceAttrs attrs{.kind = kind,
                    .axes = n.ints("axes"),
                    .keepdims = n.attr("keepdims", int64_t{1}) != 0,
                    .none_if_empty = n.attr("noop_with_empty_axes", int64_t{0}) != 0};
  ir::ValueId axes = n.input(1);
  if (const auto constant = n.constant_ints(axes)) {
    attrs.axes = *constant;
    axes = {};
  }
  n.output(0, n.add("reduce", {n.input(0), axes}, attrs));
}

// The spatial axes of [batch, channels, spatial...]; nothing after an error.
ReduceAttrs spatial(NodeImport& n, ReduceKind kind) {
  ReduceAttrs attrs{.kind = kind};
  const auto rank = n.rank(n.input(0));
  if (!rank) n.unsupported("pools a tensor of unknown rank");
  for (int64_t axis = 2; rank && axis < *rank; ++axis) attrs.axes.push_back(axis);
  attrs.none_if_empty = true;
  return attrs;
}

template <ReduceKind kind>
void global_pool(NodeImport& n) {
  const ReduceAttrs attrs = spatial(n, kind);
  n.output(0, n.add("reduce", {n.input(0), {}}, attrs));
}

// The p-th root of the sum of |x|^p.
void global_lp_pool(NodeImport& n) {
  // An attribute of type float in opset 1.
  const double p = n.opset() < 2 ? static_cast<double>(n.attr("p", 2.0f))
                                 : static_cast<double>(n.attr("p", int64_t{2}));
  if (p == 1) return global_pool<ReduceKind::l1>(n);
  if (p == 2) return global_pool<ReduceKind::l2>(n);
  const auto dtype = n.dtype(n.input(0));
  const ReduceAttrs attrs = spatial(n, ReduceKind::sum);
  if (!n.ok() || !dtype) return n.unsupported("pools a tensor of unknown type");
  ir::ValueId x = n.add("unary", {n.input(0)}, UnaryAttrs{UnaryKind::abs});
  x = n.add("binary", {x, n.scalar(*dtype, p)}, BinaryAttrs{BinaryKind::pow});
  x = n.add("reduce", {x, {}}, attrs);
  n.output(0, n.add("binary", {x, n.scalar(*dtype, 1 / p)}, BinaryAttrs{BinaryKind::pow}));
}

}  // namespace

std::span<const OnnxOp> reduce_onnx_ops() {
  static constexpr OnnxOp kOps[] = {
      {"", "ReduceSum", reduce<ReduceKind::sum>},
      {"", "ReduceMean", reduce<ReduceKind::mean>},
      {"", "ReduceMax", reduce<ReduceKind::max>},
      {"", "ReduceMin", reduce<ReduceKind::min>},
      {"", "ReduceProd", reduce<ReduceKind::prod>},
      {"", "ReduceL1", reduce<ReduceKind::l1>},
      {"", "ReduceL2", reduce<ReduceKind::l2>},
      {"", "ReduceLogSum", reduce<ReduceKind::log_sum>},
      {"", "ReduceLogSumExp", reduce<ReduceKind::log_sum_exp>},
      {"", "ReduceSumSquare", reduce<ReduceKind::sum_square>},
      {"", "GlobalAveragePool", global_pool<ReduceKind::mean>},
      {"", "GlobalMaxPool", global_pool<ReduceKind::max>},
      {"", "GlobalLpPool", global_lp_pool},
  };
  return kOps;
}

}  // namespace hone::onnx
