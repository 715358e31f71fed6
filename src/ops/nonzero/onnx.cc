#include "ops/nonzero/op.h"

#include "frontend/onnx/node_import.h"

namespace hone::onnx {
namespace {

void nonzero(NodeImport& n) {
  const ir::ValueId x = n.input(0);
  Type type = Type::unknown();
  if (const auto rank = n.rank(x)) type = TensorType{DType::i64, {Dim(*rank), Dim::unknown()}};
  const auto results = n.add_host("nonzero", {x}, {}, {type});
  if (n.ok()) n.output(0, results[0]);
}

}  // namespace

std::span<const OnnxOp> nonzero_onnx_ops() {
  static constexpr OnnxOp kOps[] = {{"", "NonZero", nonzero}};
  return kOps;
}

}  // namespace hone::onnx
