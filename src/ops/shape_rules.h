// Shape rules that several ops share.
#pragma once

#include "ops/define.h"

namespace hone {

inline const Dim& last_dim(const TensorType& type) { return type.shape.back(); }

inline bool is_plain(const TensorType& type, DType dtype, size_t rank) {
  return type.dtype == dtype && type.shape.size() == rank;
}

// Whether rows of `type` can be stored as `dtype` blocks.
inline bool fits_blocks(const TensorType& type, DType dtype) {
  const Dim& last = last_dim(type);
  return !last.is_symbol() && last.value() % info(dtype).block_elements == 0;
}

}  // namespace hone
