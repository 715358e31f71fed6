#include "frontend/onnx/node_import.h"

namespace hone::onnx {
namespace {

void det(NodeImport& n) { n.output(0, n.add("det", {n.input(0)})); }

}  // namespace

std::span<const OnnxOp> det_onnx_ops() {
  static constexpr OnnxOp kOps[] = {{"", "Det", det}};
  return kOps;
}

}  // namespace hone::onnx
