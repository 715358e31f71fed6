#include "ops/gather_elements/op.h"

#include "frontend/onnx/node_import.h"

namespace hone::onnx {
namespace {

void gather_elements(NodeImport& n) {
  const GatherElementsAttrs attrs{n.attr("axis", int64_t{0})};
  n.output(0, n.add("gather_elements", {n.input(0), n.input(1)}, attrs));
}

}  // namespace

std::span<const OnnxOp> gather_elements_onnx_ops() {
  static constexpr OnnxOp kOps[] = {{"", "GatherElements", gather_elements}};
  return kOps;
}

}  // namespace hone::onnx
