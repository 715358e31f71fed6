#include "frontend/onnx/node_import.h"
#include "ops/batch_matmul/op.h"

namespace hone::onnx {
namespace {

void matmul(NodeImport& n) {
  n.output(0, n.add("batch_matmul", {n.input(0), n.input(1), {}}, BatchMatmulAttrs{}));
}

void gemm(NodeImport& n) {
  const BatchMatmulAttrs attrs{.trans_a = n.attr("transA", int64_t{0}) != 0,
                               .trans_b = n.attr("transB", int64_t{0}) != 0,
                               .alpha = n.attr("alpha", 1.0f),
                               .beta = n.attr("beta", 1.0f)};
  n.output(0, n.add("batch_matmul", {n.input(0), n.input(1), n.input(2)}, attrs));
}

// com.microsoft: MatMul with scale and transposes.
void fused_matmul(NodeImport& n) {
  if (n.attr("transBatchA", int64_t{0}) != 0 || n.attr("transBatchB", int64_t{0}) != 0) {
    return n.unsupported("transposes batch axes (transBatchA, transBatchB)");
  }
  const ir::ValueId a = n.input(0), b = n.input(1);
  const BatchMatmulAttrs attrs{.trans_a = n.attr("transA", int64_t{0}) != 0 && n.rank(a) != 1,
                               .trans_b = n.attr("transB", int64_t{0}) != 0 && n.rank(b) != 1,
                               .alpha = n.attr("alpha", 1.0f)};
  n.output(0, n.add("batch_matmul", {a, b, {}}, attrs));
}

}  // namespace

std::span<const OnnxOp> batch_matmul_onnx_ops() {
  static constexpr OnnxOp kOps[] = {
      {"", "MatMul", matmul}, {"", "Gemm", gemm}, {"com.microsoft", "FusedMatMul", fused_matmul}};
  return kOps;
}

}  // namespace hone::onnx
