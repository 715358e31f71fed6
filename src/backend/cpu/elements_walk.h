// Rows of the last axis of one tensor, and where they stand in another one whose axes are as many
// and no shorter, one axis left out: for ops that go along that axis by index.
#pragma once

#include "backend/cpu/strided_copy.h"

namespace hone {

class ElementsWalk {
 public:
  // Rows of `dims`, in a tensor of `other`; `axis` is followed by index.
  ElementsWalk(const Dims& dims, const Dims& other, size_t axis)
      : dims_(dims),
        strides_(dense_strides(other)),
        axis_(axis),
        size_(other[axis]),
        along_rows_(axis + 1 == dims.rank()) {}

  int64_t rows() const { return dims_.rows(); }
  int64_t columns() const { return dims_.back(); }
  int64_t axis_size() const { return size_; }
  // Where column 0 of a row stands at index 0 of the axis.
  int64_t offset(int64_t row) const {
    int64_t offset = 0;
    for (size_t i = dims_.rank() - 1; i-- > 0;) {
      if (i != axis_) offset += row % dims_[i] * strides_[i];
      row /= dims_[i];
    }
    return offset;
  }
  // The element that column c means by an index of the axis, from offset() on.
  int64_t at(int64_t c, int64_t index) const {
    return along_rows_ ? index : c + index * strides_[axis_];
  }

 private:
  Dims dims_;
  std::array<int64_t, kMaxRank> strides_;
  size_t axis_;
  int64_t size_;
  bool along_rows_;
};

}  // namespace hone
