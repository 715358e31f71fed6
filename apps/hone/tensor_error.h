// How far one tensor is from another.
#pragma once

#include <vector>

#include "base/error.h"
#include "layers.h"
#include "tensor/tensor.h"

namespace hone::cli {

struct TensorError {
  double cosine = 1;
  double max_abs = 0;      // the largest difference of two elements
  double range = 0;        // largest minus smallest element of the reference
  double relative = 0;     // length of the difference by the reference's length
  int64_t not_finite = 0;  // elements that are NaN or infinite in one and not alike in the other

  // max_abs as a share of the range; of a constant reference, max_abs itself.
  double of_range() const { return range > 0 ? max_abs / range : max_abs; }
};

// Any plain numbers of as many elements; b's axes lie as `order` says.
Expected<TensorError> tensor_error(const Tensor& reference, const Tensor& b,
                                   AxisOrder order = AxisOrder::same);

// Elements as numbers, and the other way round. Of text: an error.
Expected<std::vector<double>> numbers_of(const Tensor& tensor);
Expected<Tensor> tensor_of(const std::vector<double>& numbers, DType dtype, const Dims& dims);

// Values of a tensor in the order that `order` makes of its axes: b's as the reference has them.
std::vector<double> reordered(const std::vector<double>& values, const Dims& dims, AxisOrder order);

}  // namespace hone::cli
