#include "frontend/onnx/node_import.h"
#include "frontend/onnx/window_import.h"
#include "ops/deform_conv/op.h"

namespace hone::onnx {
namespace {

void deform_conv(NodeImport& n) {
  const DeformConvAttrs attrs{.window = window_attrs(n),
                              .groups = n.attr("group", int64_t{1}),
                              .offset_groups = n.attr("offset_group", int64_t{1})};
  n.output(
      0, n.add("deform_conv", {n.input(0), n.input(1), n.input(2), n.input(3), n.input(4)}, attrs));
}

}  // namespace

std::span<const OnnxOp> deform_conv_onnx_ops() {
  static constexpr OnnxOp kOps[] = {{"", "DeformConv", deform_conv}};
  return kOps;
}

}  // namespace hone::onnx
