#include "ops/one_hot/op.h"

#include "frontend/onnx/node_import.h"

namespace hone::onnx {
namespace {

void one_hot(NodeImport& n) {
  const OneHotAttrs attrs{n.attr("axis", int64_t{-1})};
  n.output(0, n.add("one_hot", {n.input(0), n.input(1), n.input(2)}, attrs));
}

}  // namespace

std::span<const OnnxOp> one_hot_onnx_ops() {
  static constexpr OnnxOp kOps[] = {{"", "OneHot", one_hot}};
  return kOps;
}

}  // namespace hone::onnx
