#include "ops/grid_sample/op.h"

#include "frontend/onnx/node_import.h"

namespace hone::onnx {
namespace {

void grid_sample(NodeImport& n) {
  GridSampleAttrs attrs{.align_corners = n.attr("align_corners", int64_t{0}) != 0};
  const std::string mode = n.attr("mode", "linear"), outside = n.attr("padding_mode", "zeros");
  if (mode == "nearest") attrs.mode = GridSampleAttrs::Mode::nearest;
  if (mode == "cubic" || mode == "bicubic") attrs.mode = GridSampleAttrs::Mode::cubic;
  if (outside == "border") attrs.outside = GridSampleAttrs::Outside::border;
  if (outside == "reflection") attrs.outside = GridSampleAttrs::Outside::reflection;
  n.output(0, n.add("grid_sample", {n.input(0), n.input(1)}, attrs));
}

}  // namespace

std::span<const OnnxOp> grid_sample_onnx_ops() {
  static constexpr OnnxOp kOps[] = {{"", "GridSample", grid_sample}};
  return kOps;
}

}  // namespace hone::onnx
