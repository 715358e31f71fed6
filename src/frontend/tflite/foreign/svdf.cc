// SVDF: a fully connected layer over what came before, as a filter of features and one of time.
#include "frontend/tflite/node_import.h"
#include "ops/batch_matmul/op.h"
#include "ops/binary/op.h"
#include "ops/concat/op.h"
#include "ops/reduce/op.h"
#include "ops/slice/op.h"

namespace hone::tflite {
namespace {

ir::ValueId sum_last(NodeImport& n, ir::ValueId x) {
  return n.add("reduce", {x, {}},
               ReduceAttrs{.kind = ReduceKind::sum, .axes = {-1}, .keepdims = false});
}

// Inputs are x [batch, in], features [filters, in], time [filters, memory], a bias [units] and the
// state [batch, filters * memory], which moves on by one step.
void svdf(NodeImport& n) {
  using Options = schema::SVDFOptions;
  const auto options = n.options<Options>();
  const ir::ValueId time = n.real(2);
  const int64_t rank = options.get(Options::rank);
  if (n.rank(time) != 2u || !is_static(n.type(time).tensor.shape) || rank < 1) {
    return n.unsupported("has filters that are not [filters, memory]");
  }
  const Shape& shape = n.type(time).tensor.shape;
  const int64_t filters = shape[0].value(), memory = shape[1].value();
  if (filters % rank != 0) return n.invalid("has ", filters, " filters of rank ", rank);
  const ir::ValueId now =
      n.add("batch_matmul", {n.real(0), n.real(1), {}}, BatchMatmulAttrs{.trans_b = true});
  const ir::ValueId before = n.add("slice", {n.reshape(n.real(4), {-1, filters, memory})},
                                   SliceAttrs{.starts = {1}, .ends = {memory}, .axes = {2}});
  const ir::ValueId state =
      n.add("concat", {before, n.reshape(now, {-1, filters, 1})}, ConcatAttrs{2});
  const ir::ValueId parts =
      sum_last(n, n.add("binary", {state, time}, BinaryAttrs{BinaryKind::mul}));
  ir::ValueId y = sum_last(n, n.reshape(parts, {-1, filters / rank, rank}));
  if (n.has_input(3)) y = n.add("binary", {y, n.bias(3, 0, 1)}, BinaryAttrs{BinaryKind::add});
  n.assign_real(4, n.reshape(state, {-1, filters * memory}));
  n.output_real(0, n.activate(y, options.get(Options::fused_activation_function)));
}

}  // namespace

std::span<const TfliteOp> svdf_tflite_ops() {
  static constexpr TfliteOp kOps[] = {{BuiltinOperator::SVDF, svdf}};
  return kOps;
}

}  // namespace hone::tflite
