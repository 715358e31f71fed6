#include "ops/trilu/op.h"

#include "frontend/onnx/node_import.h"

namespace hone::onnx {
namespace {

void trilu(NodeImport& n) {
  const TriluAttrs attrs{n.attr("upper", int64_t{1}) != 0};
  n.output(0, n.add("trilu", {n.input(0), n.input(1)}, attrs));
}

}  // namespace

std::span<const OnnxOp> trilu_onnx_ops() {
  static constexpr OnnxOp kOps[] = {{"", "Trilu", trilu}};
  return kOps;
}

}  // namespace hone::onnx
