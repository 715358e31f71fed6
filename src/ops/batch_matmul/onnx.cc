#include "frontend/onnx/node_import.h"
#include "ops/batch_matmul/op.h"
#include "ops/transpose/op.h"

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

// With its first axis moved behind the batch axes, if an attribute says so.
ir::ValueId batches_first(NodeImport& n, ir::ValueId x, std::string_view attribute) {
  const auto rank = n.rank(x);
  if (n.attr(attribute, int64_t{0}) == 0 || (rank && *rank < 3)) return x;
  if (!rank) {
    n.unsupported("transposes batch axes (", attribute, ") of an input of unknown rank");
    return {};
  }
  std::vector<int64_t> perm;
  for (int64_t axis = 1; axis + 1 < *rank; ++axis) perm.push_back(axis);
  perm.push_back(0);
  perm.push_back(*rank - 1);
  return n.add("transpose", {x}, TransposeAttrs{std::move(perm)});
}

// com.microsoft: MatMul with scale and transposes.
void fused_matmul(NodeImport& n) {
  const ir::ValueId a = batches_first(n, n.input(0), "transBatchA");
  const ir::ValueId b = batches_first(n, n.input(1), "transBatchB");
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
