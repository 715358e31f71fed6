#include "ops/pixel_shuffle/op.h"

#include "frontend/onnx/node_import.h"

namespace hone::onnx {
namespace {

using Mode = PixelShuffleAttrs::Mode;

void depth_to_space(NodeImport& n) {
  const Mode mode = n.attr("mode", "DCR") == "CRD" ? Mode::crd : Mode::dcr;
  const PixelShuffleAttrs attrs{n.attr("blocksize", int64_t{0}), mode};
  n.output(0, n.add("pixel_shuffle", {n.input(0)}, attrs));
}

void space_to_depth(NodeImport& n) {
  const Mode mode = n.attr("mode", "DCR") == "CRD" ? Mode::to_depth_crd : Mode::to_depth;
  const PixelShuffleAttrs attrs{n.attr("blocksize", int64_t{0}), mode};
  n.output(0, n.add("pixel_shuffle", {n.input(0)}, attrs));
}

}  // namespace

std::span<const OnnxOp> pixel_shuffle_onnx_ops() {
  static constexpr OnnxOp kOps[] = {{"", "DepthToSpace", depth_to_space},
                                    {"", "SpaceToDepth", space_to_depth}};
  return kOps;
}

}  // namespace hone::onnx
