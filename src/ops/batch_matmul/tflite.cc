#include "frontend/tflite/node_import.h"
#include "ops/batch_matmul/op.h"

namespace hone::tflite {
namespace {

// y = x weights^T + bias, with weights [out, in]; x is seen as rows of `in`.
void fully_connected(NodeImport& n) {
  using Options = schema::FullyConnectedOptions;
  const auto options = n.options<Options>();
  if (options.get(Options::weights_format) != 0) return n.unsupported("has shuffled weights");
  ir::ValueId x = n.real(0);
  const ir::ValueId weight = n.real(1);
  const Type& type = n.type(weight);
  if (!n.ok()) return;
  if (!type.is_tensor() || type.tensor.shape.size() != 2 || type.tensor.shape[1].is_symbol()) {
    return n.unsupported("has weights that are not [out, in]");
  }
  if (n.rank(x) != 2u && !options.get(Options::keep_num_dims)) {
    x = n.reshape(x, {-1, type.tensor.shape[1].value()});
  }
  const ir::ValueId y =
      n.add("batch_matmul", {x, weight, n.bias(2, 0, 1)}, BatchMatmulAttrs{.trans_b = true});
  n.output_real(0, n.activate(y, options.get(Options::fused_activation_function)));
}

void batch_matmul(NodeImport& n) {
  using Options = schema::BatchMatMulOptions;
  const BatchMatmulAttrs attrs{.trans_a = n.options<Options>().get(Options::adj_x),
                               .trans_b = n.options<Options>().get(Options::adj_y)};
  n.output_real(0, n.add("batch_matmul", {n.real(0), n.real(1), {}}, attrs));
}

}  // namespace

std::span<const TfliteOp> batch_matmul_tflite_ops() {
  static constexpr TfliteOp kOps[] = {
      {BuiltinOperator::FULLY_CONNECTED, fully_connected},
      {BuiltinOperator::BATCH_MATMUL, batch_matmul},
  };
  return kOps;
}

}  // namespace hone::tflite
