#include "ops/tensor_scatter/op.h"

#include "frontend/onnx/node_import.h"

namespace hone::onnx {
namespace {

void tensor_scatter(NodeImport& n) {
  const TensorScatterAttrs attrs{n.attr("axis", int64_t{-2}),
                                 n.attr("mode", "linear") == "circular"};
  n.output(0, n.add("tensor_scatter", {n.input(0), n.input(1), n.input(2)}, attrs));
}

}  // namespace

std::span<const OnnxOp> tensor_scatter_onnx_ops() {
  static constexpr OnnxOp kOps[] = {{"", "TensorScatter", tensor_scatter}};
  return kOps;
}

}  // namespace hone::onnx
