#include "ops/dft/op.h"

#include "frontend/onnx/node_import.h"

namespace hone::onnx {
namespace {

void dft(NodeImport& n) {
  const bool old = n.opset() < 20;
  const DftAttrs attrs{.axis = old ? n.attr("axis", int64_t{1}) : -2,
                       .inverse = n.attr("inverse", int64_t{0}) != 0,
                       .onesided = n.attr("onesided", int64_t{0}) != 0};
  n.output(0, n.add("dft", {n.input(0), n.input(1), old ? ir::ValueId{} : n.input(2)}, attrs));
}

}  // namespace

std::span<const OnnxOp> dft_onnx_ops() {
  static constexpr OnnxOp kOps[] = {{"", "DFT", dft}};
  return kOps;
}

}  // namespace hone::onnx
