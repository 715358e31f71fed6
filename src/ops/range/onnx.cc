#include "ops/range/op.h"

#include "frontend/onnx/node_import.h"

namespace hone::onnx {
namespace {

void range(NodeImport& n) { n.output(0, n.add("range", {n.input(0), n.input(1), n.input(2)})); }

}  // namespace

std::span<const OnnxOp> range_onnx_ops() {
  static constexpr OnnxOp kOps[] = {{"", "Range", range}};
  return kOps;
}

}  // namespace hone::onnx
