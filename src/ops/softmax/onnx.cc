#include "frontend/onnx/node_import.h"
#include "ops/softmax/op.h"

namespace hone::onnx {
namespace {

// Before opset 13 the axes from `axis` (1 if it is not given) on were one; since then it is one
// axis, the last if it is not given.
template <SoftmaxAttrs::Kind kind>
void softmax(NodeImport& n) {
  const bool old = n.opset() < 13;
  const SoftmaxAttrs attrs{
      .kind = kind, .axis = n.attr("axis", int64_t{old ? 1 : -1}), .to_end = old};
  n.output(0, n.add("softmax", {n.input(0)}, attrs));
}

}  // namespace

std::span<const OnnxOp> softmax_onnx_ops() {
  static constexpr OnnxOp kOps[] = {
      {"", "Softmax", softmax<SoftmaxAttrs::Kind::softmax>},
      {"", "LogSoftmax", softmax<SoftmaxAttrs::Kind::log_softmax>},
      {"", "Hardmax", softmax<SoftmaxAttrs::Kind::hardmax>},
  };
  return kOps;
}

}  // namespace hone::onnx
