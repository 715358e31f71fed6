#include "ops/col2im/op.h"

#include "frontend/onnx/node_import.h"

namespace hone::onnx {
namespace {

void col2im(NodeImport& n) {
  const Col2imAttrs attrs{n.ints("strides"), n.ints("dilations"), n.ints("pads")};
  n.output(0, n.add("col2im", {n.input(0), n.input(1), n.input(2)}, attrs));
}

}  // namespace

std::span<const OnnxOp> col2im_onnx_ops() {
  static constexpr OnnxOp kOps[] = {{"", "Col2Im", col2im}};
  return kOps;
}

}  // namespace hone::onnx
