#include "frontend/tflite/node_import.h"
#include "ops/expand/op.h"
#include "ops/shape/op.h"
#include "ops/tile/op.h"

namespace hone::tflite {
namespace {

ir::ValueId expanded(NodeImport& n, ir::ValueId x, size_t shape) {
  if (const auto constant = n.constant_ints(n.input(shape))) {
    return n.add("expand", {x, {}}, ExpandAttrs{*constant});
  }
  return n.add("expand", {x, n.input(shape)}, ExpandAttrs{});
}

void broadcast_to(NodeImport& n) { n.output(0, expanded(n, n.input(0), 1)); }
void fill(NodeImport& n) { n.output(0, expanded(n, n.input(1), 0)); }

void tile(NodeImport& n) {
  if (const auto constant = n.constant_ints(n.input(1))) {
    return n.output(0, n.add("tile", {n.input(0), {}}, TileAttrs{*constant}));
  }
  n.output(0, n.add("tile", {n.input(0), n.input(1)}, TileAttrs{}));
}

void range(NodeImport& n) { n.output(0, n.add("range", {n.input(0), n.input(1), n.input(2)})); }

void shape(NodeImport& n) { n.output_cast(0, n.add("shape", {n.input(0)}, ShapeAttrs{})); }

void rank(NodeImport& n) {
  const auto axes = n.rank(n.input(0));
  if (!axes) return n.unsupported("takes a tensor of unknown rank");
  n.output(0, n.scalar(DType::i32, static_cast<double>(*axes)));
}

void zeros_like(NodeImport& n) {
  const ir::ValueId x = n.input(0);
  if (!n.type(x).is_tensor()) return n.unsupported("takes a tensor of unknown type");
  const ir::ValueId zero = n.scalar(n.type(x).tensor.dtype, 0);
  n.output(0, n.add("expand", {zero, n.add("shape", {x}, ShapeAttrs{})}, ExpandAttrs{}));
}

}  // namespace

std::span<const TfliteOp> expand_tflite_ops() {
  static constexpr TfliteOp kOps[] = {
      {BuiltinOperator::BROADCAST_TO, broadcast_to},
      {BuiltinOperator::FILL, fill},
      {BuiltinOperator::TILE, tile},
      {BuiltinOperator::RANGE, range},
      {BuiltinOperator::SHAPE, shape},
      {BuiltinOperator::RANK, rank},
      {BuiltinOperator::ZEROS_LIKE, zeros_like},
  };
  return kOps;
}

}  // namespace hone::tflite
