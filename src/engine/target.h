// What a target's kernels want of a graph, as data: back ends say it, passes follow it, and neither
// knows the other.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "ops/define.h"
#include "tensor/dtype.h"
#include "tensor/tensor.h"

namespace hone {

struct TargetDesc {
  // Weights of these dtypes are multiplied with activations quantized to q8_a.
  std::vector<DType> quantized_matmul;
  // Those of them that are also multiplied canonical: such a weight stays so if rows are gathered
  // from it.
  std::vector<DType> canonical_matmul;
  // Ops that may multiply an f32 weight, their second operand, in bf16; and by Winograd.
  std::vector<std::string_view> bf16_ops, winograd_ops;
  // The layout of a weight that matmuls read, by dtype; others stay canonical.
  std::string_view (*matmul_layout)(DType) = nullptr;
  // Computes one op now, as the target's kernels would. Null: constants are not folded.
  Expected<std::vector<Tensor>> (*evaluate)(const OpDef&, const Attrs&,
                                            std::span<const ConstView> operands,
                                            std::span<const BoundType> results) = nullptr;
};

}  // namespace hone
