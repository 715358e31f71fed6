#include "frontend/onnx/node_import.h"
#include "ops/concat/op.h"

namespace hone::onnx {
namespace {

// Before opset 4 the axis may be left out.
void concat(NodeImport& n) {
  n.output(0, n.add("concat", n.all_inputs(), ConcatAttrs{n.attr("axis", int64_t{1})}));
}

}  // namespace

std::span<const OnnxOp> concat_onnx_ops() {
  static constexpr OnnxOp kOps[] = {{"", "Concat", concat}};
  return kOps;
}

}  // namespace hone::onnx
