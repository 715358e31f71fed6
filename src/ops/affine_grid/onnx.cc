#include "ops/affine_grid/op.h"

#include "frontend/onnx/node_import.h"

namespace hone::onnx {
namespace {

void affine_grid(NodeImport& n) {
  const AffineGridAttrs attrs{n.attr("align_corners", int64_t{0}) != 0};
  n.output(0, n.add("affine_grid", {n.input(0), n.input(1)}, attrs));
}

}  // namespace

std::span<const OnnxOp> affine_grid_onnx_ops() {
  static constexpr OnnxOp kOps[] = {{"", "AffineGrid", affine_grid}};
  return kOps;
}

}  // namespace hone::onnx
