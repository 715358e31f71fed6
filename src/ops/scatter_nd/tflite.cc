#include "frontend/tflite/node_import.h"
#include "ops/expand/op.h"
#include "ops/reshape/op.h"
#include "ops/scatter_nd/op.h"

namespace hone::tflite {
namespace {

// A tensor of a shape that stands in an input.
ir::ValueId filled(NodeImport& n, ir::ValueId value, size_t shape) {
  if (const auto constant = n.constant_ints(n.input(shape))) {
    return n.add("expand", {value, {}}, ExpandAttrs{*constant});
  }
  return n.add("expand", {value, n.input(shape)}, ExpandAttrs{});
}

// Inputs are indices, updates and a shape; updates of one place are added.
void scatter_nd(NodeImport& n) {
  const ir::ValueId updates = n.input(1);
  if (!n.type(updates).is_tensor()) return n.unsupported("has updates of unknown type");
  const ir::ValueId zeros = filled(n, n.scalar(n.type(updates).tensor.dtype, 0), 2);
  n.output(0, n.add("scatter_nd", {zeros, n.cast(n.input(0), DType::i64), updates},
                    ScatterNdAttrs{ScatterReduction::add}));
}

// Inputs are indices, a shape, values and what stands elsewhere.
void sparse_to_dense(NodeImport& n) {
  ir::ValueId index = n.cast(n.input(0), DType::i64), values = n.input(2);
  if (n.rank(index) != 2u || n.rank(values) != 1u) {
    return n.unsupported("takes only a list of values and their places");
  }
  const ir::ValueId rest = filled(n, n.reshape(n.input(3), {}), 1);
  n.output(0, n.add("scatter_nd", {rest, index, values}, ScatterNdAttrs{}));
}

}  // namespace

std::span<const TfliteOp> scatter_nd_tflite_ops() {
  static constexpr TfliteOp kOps[] = {
      {BuiltinOperator::SCATTER_ND, scatter_nd},
      {BuiltinOperator::SPARSE_TO_DENSE, sparse_to_dense},
  };
  return kOps;
}

}  // namespace hone::tflite
