#include "ops/pad/op.h"

#include <algorithm>

#include "frontend/onnx/node_import.h"

namespace hone::onnx {
namespace {

// Attributes before opset 11 (named "paddings" in opset 1), inputs after.
void pad(NodeImport& n) {
  PadAttrs attrs;
  const std::string mode = n.attr("mode", "constant");
  const auto found = std::ranges::find(kPadModeNames, mode);
  if (found == std::end(kPadModeNames)) return n.unsupported("pads by mode '", mode, "'");
  attrs.mode = static_cast<PadMode>(found - std::begin(kPadModeNames));
  if (n.opset() < 11) {
    attrs.pads = n.ints(n.opset() < 2 ? "paddings" : "pads");
    const auto dtype = n.dtype(n.input(0));
    ir::ValueId value;
    if (const float constant = n.attr("value", 0.0f); constant != 0) {
      if (!dtype) return n.unsupported("pads a tensor whose dtype is known only when run");
      value = n.scalar(*dtype, static_cast<double>(constant));
    }
    return n.output(0, n.add("pad", {n.input(0), {}, value}, attrs));
  }
  ir::ValueId pads = n.input(1), axes = n.input(3);
  if (const auto constant = n.constant_ints(pads)) attrs.pads = *constant, pads = {};
  const auto constant = n.constant_ints(axes);
  if (constant && !constant->empty()) attrs.axes = *constant, axes = {};
  n.output(0, n.add("pad", {n.input(0), pads, n.input(2), axes}, attrs));
}

void center_crop_pad(NodeImport& n) {
  PadAttrs attrs;
  attrs.axes = n.ints("axes");
  attrs.centered = true;
  ir::ValueId sizes = n.input(1);
  if (const auto constant = n.constant_ints(sizes)) attrs.pads = *constant, sizes = {};
  n.output(0, n.add("pad", {n.input(0), sizes}, attrs));
}

}  // namespace

std::span<const OnnxOp> pad_onnx_ops() {
  static constexpr OnnxOp kOps[] = {{"", "Pad", pad}, {"", "CenterCropPad", center_crop_pad}};
  return kOps;
}

}  // namespace hone::onnx
