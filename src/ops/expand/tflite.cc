#include "frontend/tflite/constant.h"
#include "frontend/tflite/node_import.h"
#include "ops/cast/op.h"
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

void shape(NodeImport& n) {
  const auto to = dense_dtype(n.output_tensor(0).type);
  if (!to) return n.set_error(to.error());
  const ir::ValueId sizes = n.add("shape", {n.input(0)}, ShapeAttrs{});
  n.output(
      0, *to == DType::i64 ? sizes : n.add("cast", {sizes}, CastAttrs{std::string(name_of(*to))}));
}

}  // namespace

std::span<const TfliteOp> expand_tflite_ops() {
  static constexpr TfliteOp kOps[] = {
      {BuiltinOperator::BROADCAST_TO, broadcast_to},
      {BuiltinOperator::FILL, fill},
      {BuiltinOperator::TILE, tile},
      {BuiltinOperator::RANGE, range},
      {BuiltinOperator::SHAPE, shape},
  };
  return kOps;
}

}  // namespace hone::tflite
