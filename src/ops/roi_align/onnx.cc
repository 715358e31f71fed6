#include "ops/roi_align/op.h"

#include "frontend/onnx/node_import.h"

namespace hone::onnx {
namespace {

// Before opset 16 regions began at centers of elements.
void roi_align(NodeImport& n) {
  const std::string missing = n.opset() < 16 ? "output_half_pixel" : "half_pixel";
  const bool max = n.attr("mode", "avg") == "max";
  const RoiAlignAttrs attrs{
      .mode = max ? RoiAlignAttrs::Mode::max : RoiAlignAttrs::Mode::avg,
      .height = n.attr("output_height", int64_t{1}),
      .width = n.attr("output_width", int64_t{1}),
      .samples = n.attr("sampling_ratio", int64_t{0}),
      .scale = n.attr("spatial_scale", 1.0f),
      .half_pixel = n.attr("coordinate_transformation_mode", missing) == "half_pixel"};
  n.output(0, n.add("roi_align", {n.input(0), n.input(1), n.input(2)}, attrs));
}

}  // namespace

std::span<const OnnxOp> roi_align_onnx_ops() {
  static constexpr OnnxOp kOps[] = {{"", "RoiAlign", roi_align}};
  return kOps;
}

}  // namespace hone::onnx
