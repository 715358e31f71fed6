#include "ops/quantize_dynamic/op.h"

#include "frontend/onnx/node_import.h"

namespace hone::onnx {
namespace {

void quantize_dynamic(NodeImport& n) {
  const auto results = n.add_all("quantize_dynamic", {n.input(0)});
  for (size_t i = 0; i < results.size(); ++i) n.output(i, results[i]);
}

}  // namespace

std::span<const OnnxOp> quantize_dynamic_onnx_ops() {
  static constexpr OnnxOp kOps[] = {{"", "DynamicQuantizeLinear", quantize_dynamic}};
  return kOps;
}

}  // namespace hone::onnx
