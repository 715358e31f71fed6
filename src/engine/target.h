// What a target's kernels want of a graph, as data: back ends say it, passes follow it, and neither
// knows the other.
#pragma once

#include <string_view>
#include <vector>

#include "tensor/dtype.h"

namespace hone {

struct TargetDesc {
  // Weights of these dtypes are multiplied with activations quantized to q8_a.
  std::vector<DType> quantized_matmul;
  // Those of them that are also multiplied canonical: such a weight stays so if rows are gathered
  // from it.
  std::vector<DType> canonical_matmul;
  // The layout of a weight that matmuls read, by dtype; others stay canonical.
  std::string_view (*matmul_layout)(DType) = nullptr;
};

}  // namespace hone
