#include "ops/tile/op.h"

#include "frontend/onnx/node_import.h"

namespace hone::onnx {
namespace {

void tile(NodeImport& n) {
  if (n.opset() < 6) return n.unsupported("tiles as opset 1 did");
  ir::ValueId repeats = n.input(1);
  TileAttrs attrs;
  if (const auto constant = n.constant_ints(repeats)) attrs.repeats = *constant, repeats = {};
  n.output(0, n.add("tile", {n.input(0), repeats}, attrs));
}

}  // namespace

std::span<const OnnxOp> tile_onnx_ops() {
  static constexpr OnnxOp kOps[] = {{"", "Tile", tile}};
  return kOps;
}

}  // namespace hone::onnx
