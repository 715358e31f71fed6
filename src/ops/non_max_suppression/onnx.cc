#include "frontend/onnx/node_import.h"
#include "ops/non_max_suppression/op.h"

namespace hone::onnx {
namespace {

void non_max_suppression(NodeImport& n) {
  const NonMaxSuppressionAttrs attrs{n.attr("center_point_box", int64_t{0}) != 0};
  const Type type(TensorType{DType::i64, {Dim::unknown(), Dim(3)}});
  const auto results =
      n.add_host("non_max_suppression",
                 {n.input(0), n.input(1), n.input(2), n.input(3), n.input(4)}, attrs, {type});
  if (n.ok()) n.output(0, results[0]);
}

}  // namespace

std::span<const OnnxOp> non_max_suppression_onnx_ops() {
  static constexpr OnnxOp kOps[] = {{"", "NonMaxSuppression", non_max_suppression}};
  return kOps;
}

}  // namespace hone::onnx
