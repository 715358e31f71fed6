#include "ops/select/op.h"

#include "frontend/onnx/node_import.h"

namespace hone::onnx {
namespace {

void where(NodeImport& n) { n.output(0, n.add("select", {n.input(0), n.input(1), n.input(2)})); }

}  // namespace

std::span<const OnnxOp> select_onnx_ops() {
  static constexpr OnnxOp kOps[] = {{"", "Where", where}};
  return kOps;
}

}  // namespace hone::onnx
