// Tensors cut into slices along an axis, and slices stacked along a new one.
#pragma once

#include <span>

#include "tensor/tensor.h"
#include "tensor/type.h"

namespace hone {

// Entry `index` of x's axis, without that axis. Both must exist.
Expected<Tensor> slice_at(const Tensor& x, size_t axis, int64_t index);

// Slices of equal shape and dtype along a new axis, counted from the end if it is negative. `type`
// tells the shape of a slice if there are none. The error: shapes differ, no such axis, too large.
Expected<Tensor> stack(std::span<const Tensor> slices, int64_t axis, const Type& type);

}  // namespace hone
