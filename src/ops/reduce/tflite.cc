#include "frontend/tflite/node_import.h"
#include "ops/binary/op.h"
#include "ops/reduce/op.h"
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

}  // namespace

std::span<const TfliteOp> reduce_tflite_ops() {
  static constexpr TfliteOp kOps[] = {
      {BuiltinOperator::MEAN, reduce<ReduceKind::mean>},
      {BuiltinOperator::SUM, reduce<ReduceKind::sum>},
      {BuiltinOperator::REDUCE_MAX, reduce<ReduceKind::max>},
      {BuiltinOperator::REDUCE_MIN, reduce<ReduceKind::min>},
      {BuiltinOperator::REDUCE_PROD, reduce<ReduceKind::prod>},
      {BuiltinOperator::L2_NORMALIZATION, l2_normalization},
  };
  return kOps;
}

}  // namespace hone::tflite
