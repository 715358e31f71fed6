#include <cmath>

#include "frontend/onnx/add_binary.h"
#include "ops/cast/op.h"
#include "ops/reduce/op.h"
#include "ops/reshape/op.h"
#include "ops/unary/op.h"

namespace hone::onnx {
namespace {

using ir::ValueId;

// The statistics may have another dtype than x.
ValueId like(NodeImport& n, ValueId value, ValueId x) {
  const auto dtype = n.dtype(value);
  return dtype && dtype == n.dtype(x) ? value : n.add("cast", {value, x}, CastAttrs{""});
}

// 1 / sqrt(variance + eps)
ValueId inverse_deviation(NodeImport& n, ValueId variance) {
  const double eps = static_cast<double>(n.attr("epsilon", 1e-5f));
  const ValueId one = n.scalar(n.dtype(variance).value_or(DType::f32), eps);
  const ValueId root =
      n.add("unary", {add_binary(n, BinaryKind::add, variance, one)}, UnaryAttrs{UnaryKind::sqrt});
  return n.add("unary", {root}, UnaryAttrs{UnaryKind::reciprocal});
}

// x (scale / sqrt(variance + eps)) + (bias - mean that)
ValueId normalized(NodeImport& n, ValueId x, ValueId mean, ValueId variance) {
  const ValueId by = add_binary(n, BinaryKind::mul, like(n, n.input(1), x),
                                like(n, inverse_deviation(n, variance), x));
  const ValueId away = add_binary(n, BinaryKind::mul, like(n, mean, x), by);
  const ValueId shift = add_binary(n, BinaryKind::sub, like(n, n.input(2), x), away);
  return n.add("scale_shift", {x, by, shift});
}

// The same where everything but x is constant; nothing if it is not.
ValueId folded(NodeImport& n, ValueId x) {
  std::vector<float> given[4];  // scale, bias, mean, variance
  for (size_t i = 0; i < 4; ++i) {
    const auto values = n.constant_floats(n.input(i + 1));
    if (!values || (i > 0 && values->size() != given[0].size())) return {};
    given[i] = *values;
  }
  const auto eps = static_cast<double>(n.attr("epsilon", 1e-5f));
  std::vector<float> by, shift;
  for (size_t c = 0; c < given[0].size(); ++c) {
    const double factor =
        static_cast<double>(given[0][c]) / std::sqrt(static_cast<double>(given[3][c]) + eps);
    by.push_back(static_cast<float>(factor));
    shift.push_back(static_cast<float>(static_cast<double>(given[1][c]) -
                                       static_cast<double>(given[2][c]) * factor));
  }
  const ValueId scale = like(n, n.constant(std::span<const float>(by)), x);
  return n.add("scale_shift", {x, scale, like(n, n.constant(std::span<const float>(shift)), x)});
}

// momentum old + (1 - momentum) now
ValueId moved(NodeImport& n, ValueId old, ValueId now) {
  const DType dtype = n.dtype(old).value_or(DType::f32);
  const auto momentum = static_cast<double>(n.attr("momentum", 0.9f));
  return add_binary(
      n, BinaryKind::add, add_binary(n, BinaryKind::mul, old, n.scalar(dtype, momentum)),
      add_binary(n, BinaryKind::mul, like(n, now, old), n.scalar(dtype, 1 - momentum)));
}

// The statistics of this batch, which are outputs, too.
void training(NodeImport& n, ValueId x, int64_t rank) {
  ReduceAttrs mean_of{.kind = ReduceKind::mean, .axes = {0}, .keepdims = false};
  ReshapeAttrs spread{.shape = {}, .to = ReshapeAttrs::To::unsqueeze};
  for (int64_t axis = 2; axis < rank; ++axis) {
    mean_of.axes.push_back(axis);
    spread.shape.push_back(axis - 1);
  }
  const ValueId mean = n.add("reduce", {x, {}}, mean_of);
  const ValueId column = rank == 2 ? mean : n.add("reshape", {mean, {}}, spread);
  const ValueId away = add_binary(n, BinaryKind::sub, x, column);
  const ValueId variance =
      n.add("reduce", {add_binary(n, BinaryKind::mul, away, away), {}}, mean_of);
  n.output(0, normalized(n, x, mean, variance));
  n.output(1, moved(n, n.input(3), mean));
  n.output(2, moved(n, n.input(4), variance));
}

void batch_normalization(NodeImport& n) {
  const ValueId x = n.input(0);
  const auto rank = n.rank(x);
  if (n.opset() < 9 && n.attr("spatial", int64_t{1}) == 0 && rank != 2) {
    return n.unsupported("normalizes every place of a channel for itself (spatial = 0)");
  }
  if (n.attr("training_mode", int64_t{0}) != 0) {
    if (!rank || *rank < 2) return n.unsupported("trains on a tensor of unknown rank");
    return training(n, x, *rank);
  }
  if (const ValueId y = folded(n, x)) return n.output(0, y);
  n.output(0, normalized(n, x, n.input(3), n.input(4)));
}

}  // namespace

std::span<const OnnxOp> scale_shift_onnx_ops() {
  static constexpr OnnxOp kOps[] = {{"", "BatchNormalization", batch_normalization}};
  return kOps;
}

}  // namespace hone::onnx
