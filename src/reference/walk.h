// Indices of shapes, for references.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "reference/semantics.h"

namespace hone::ir {

using Index = std::vector<int64_t>;

// Calls f(index) for each index of a shape in row-major order.
template <class F>
void for_each_index(std::span<const int64_t> shape, F f) {
  for (const int64_t size : shape) {
    if (size == 0) return;
  }
  Index index(shape.size(), 0);
  while (true) {
    f(static_cast<const Index&>(index));
    size_t axis = shape.size();
    while (axis > 0 && ++index[axis - 1] == shape[axis - 1]) index[--axis] = 0;
    if (axis == 0) return;
  }
}

// The element of a tensor at an index.
inline size_t place_of(const HostTensor& tensor, std::span<const int64_t> index) {
  int64_t place = 0;
  for (size_t i = 0; i < tensor.shape.size(); ++i) place = place * tensor.shape[i] + index[i];
  return static_cast<size_t>(place);
}

// The element that broadcasts to an index of the result.
inline double broadcast_at(const HostTensor& tensor, std::span<const int64_t> index) {
  Index own(index.end() - static_cast<std::ptrdiff_t>(tensor.shape.size()), index.end());
  for (size_t i = 0; i < own.size(); ++i) {
    if (tensor.shape[i] == 1) own[i] = 0;
  }
  return tensor.data[place_of(tensor, own)];
}

// The integers of an operand, or `missing` if it is absent.
inline std::vector<int64_t> ints_of(const HostTensor* tensor, std::vector<int64_t> missing) {
  if (tensor == nullptr) return missing;
  return {tensor->data.begin(), tensor->data.end()};
}

}  // namespace hone::ir
