#include "frontend/tflite/node_import.h"
#include "ops/binary/op.h"
#include "ops/reduce/op.h"
#include "ops/reshape/op.h"
#include "ops/unary/op.h"

namespace hone::tflite {
namespace {

ir::ValueId reduced(NodeImport& n, ReduceKind kind, ir::ValueId x) {
  using Options = schema::ReducerOptions;
  ReduceAttrs attrs{.kind = kind,
                    .axes = n.ints(1),
                    .keepdims = n.options<Options>().get(Options::keep_dims),
                    .none_if_empty = true};
  return n.add("reduce", {x, {}}, attrs);
}

template <ReduceKind kind>
void reduce(NodeImport& n) {
  n.output_real(0, reduced(n, kind, n.real(0)));
}

// Along the last axis, whose length is at least 1e-3.
void l2_normalization(NodeImport& n) {
  const ir::ValueId x = n.real(0);
  const ReduceAttrs attrs{.kind = ReduceKind::sum_square, .axes = {-1}};
  const ir::ValueId sum = n.add("reduce", {x, {}}, attrs);
  const ir::ValueId large =
      n.add("binary", {sum, n.scalar(DType::f32, 1e-6)}, BinaryAttrs{BinaryKind::max});
  const ir::ValueId length = n.add("unary", {large}, UnaryAttrs{UnaryKind::sqrt});
  n.output_real(0, n.add("binary", {x, length}, BinaryAttrs{BinaryKind::div}));
}

// How many of some boundaries each element has reached.
void bucketize(NodeImport& n) {
  using Options = schema::BucketizeOptions;
  std::vector<double> boundaries;
  for (const float one : n.options<Options>().get(Options::boundaries)) {
    boundaries.push_back(static_cast<double>(one));
  }
  const ReshapeAttrs behind{.shape = {-1}, .to = ReshapeAttrs::To::unsqueeze};
  const ir::ValueId x = n.add("reshape", {n.cast(n.input(0), DType::f32)}, behind);
  const ir::ValueId reached = n.add("binary", {x, n.constant(DType::f32, boundaries)},
                                    BinaryAttrs{BinaryKind::greater_equal});
  const ReduceAttrs attrs{.kind = ReduceKind::sum, .axes = {-1}, .keepdims = false};
  n.output(0, n.add("reduce", {n.cast(reached, DType::i32), {}}, attrs));
}

}  // namespace

std::span<const TfliteOp> reduce_tflite_ops() {
  static constexpr TfliteOp kOps[] = {
      {BuiltinOperator::MEAN, reduce<ReduceKind::mean>},
      {BuiltinOperator::SUM, reduce<ReduceKind::sum>},
      {BuiltinOperator::REDUCE_MAX, reduce<ReduceKind::max>},
      {BuiltinOperator::REDUCE_MIN, reduce<ReduceKind::min>},
      {BuiltinOperator::REDUCE_ANY, reduce<ReduceKind::max>},  // of booleans
      {BuiltinOperator::REDUCE_ALL, reduce<ReduceKind::min>},
      {BuiltinOperator::REDUCE_PROD, reduce<ReduceKind::prod>},
      {BuiltinOperator::BUCKETIZE, bucketize},
      {BuiltinOperator::L2_NORMALIZATION, l2_normalization},
  };
  return kOps;
}

}  // namespace hone::tflite
