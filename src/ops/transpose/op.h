// transpose: the same elements with the axes in another order (ONNX Transpose).
#pragma once

#include "ops/attrs.h"

namespace hone {

struct TransposeAttrs {
  std::vector<int64_t> perm;  // axis i of y is axis perm[i] of x; none: in reverse
  void visit(AttrVisitor& v) { v.field("perm", perm); }
};

// The axes of x in the order of y, of a permutation that fits.
std::vector<size_t> order_of(const TransposeAttrs& attrs, size_t rank);

}  // namespace hone
