#include "ops/stft/op.h"

#include "frontend/onnx/node_import.h"

namespace hone::onnx {
namespace {

void stft(NodeImport& n) {
  const StftAttrs attrs{n.attr("onesided", int64_t{1}) != 0};
  n.output(0, n.add("stft", {n.input(0), n.input(1), n.input(2), n.input(3)}, attrs));
}

}  // namespace

std::span<const OnnxOp> stft_onnx_ops() {
  static constexpr OnnxOp kOps[] = {{"", "STFT", stft}};
  return kOps;
}

}  // namespace hone::onnx
