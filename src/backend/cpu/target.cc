#include "backend/cpu/target.h"

#include "backend/cpu/evaluate.h"
#include "tensor/layout/x16.h"

namespace hone {

TargetDesc cpu_target() {
  TargetDesc target;
  for (const Layout& layout : x16_layouts()) target.quantized_matmul.push_back(layout.dtype);
  target.canonical_matmul = {DType::q8_0};
  target.bf16_ops = {"conv", "batch_matmul"};
  target.winograd_ops = {"conv"};
  target.matmul_layout = matmul_layout;
  target.evaluate = [](const OpDef& op, const Attrs& attrs, std::span<const ConstView> operands,
                       std::span<const BoundType> results) {
    return evaluate(op, attrs, operands, results, best_isa());
  };
  return target;
}

}  // namespace hone
