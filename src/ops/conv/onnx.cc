#include "ops/conv/op.h"

#include "frontend/onnx/node_import.h"
#include "frontend/onnx/window_import.h"

namespace hone::onnx {
namespace {

void conv(NodeImport& n) {
  const ConvAttrs attrs{.window = window_attrs(n), .groups = n.attr("group", int64_t{1})};
  n.output(0, n.add("conv", {n.input(0), n.input(1), n.input(2)}, attrs));
}

}  // namespace

std::span<const OnnxOp> conv_onnx_ops() {
  static constexpr OnnxOp kOps[] = {{"", "Conv", conv}};
  return kOps;
}

}  // namespace hone::onnx
