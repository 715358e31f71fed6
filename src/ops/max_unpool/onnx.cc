#include "frontend/onnx/node_import.h"
#include "frontend/onnx/window_import.h"
#include "ops/max_unpool/op.h"

namespace hone::onnx {
namespace {

void max_unpool(NodeImport& n) {
  const MaxUnpoolAttrs attrs{.kernel = n.ints("kernel_shape"), .window = window_attrs(n)};
  n.output(0, n.add("max_unpool", {n.input(0), n.input(1), n.input(2)}, attrs));
}

}  // namespace

std::span<const OnnxOp> max_unpool_onnx_ops() {
  static constexpr OnnxOp kOps[] = {{"", "MaxUnpool", max_unpool}};
  return kOps;
}

}  // namespace hone::onnx
