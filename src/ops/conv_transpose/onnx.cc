#include "frontend/onnx/node_import.h"
#include "frontend/onnx/window_import.h"
#include "ops/conv_transpose/op.h"

namespace hone::onnx {
namespace {

void conv_transpose(NodeImport& n) {
  const ConvTransposeAttrs attrs{.window = window_attrs(n),
                                 .groups = n.attr("group", int64_t{1}),
                                 .output_padding = n.ints("output_padding"),
                                 .output_shape = n.ints("output_shape")};
  n.output(0, n.add("conv_transpose", {n.input(0), n.input(1), n.input(2)}, attrs));
}

}  // namespace

std::span<const OnnxOp> conv_transpose_onnx_ops() {
  static constexpr OnnxOp kOps[] = {{"", "ConvTranspose", conv_transpose}};
  return kOps;
}

}  // namespace hone::onnx
