#include "frontend/onnx/node_import.h"
#include "ops/transpose/op.h"

namespace hone::onnx {
namespace {

void transpose(NodeImport& n) {
  n.output(0, n.add("transpose", {n.input(0)}, TransposeAttrs{n.ints("perm")}));
}

}  // namespace

std::span<const OnnxOp> transpose_onnx_ops() {
  static constexpr OnnxOp kOps[] = {{"", "Transpose", transpose}};
  return kOps;
}

}  // namespace hone::onnx
