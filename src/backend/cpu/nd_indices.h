// Rows of indices that each name a slice of a tensor, by its first axes or those after batch axes.
#pragma once

#include "backend/cpu/indices.h"

namespace hone {

class NdIndices {
 public:
  // The last axis of the operand's shape is a row, for the axes of `dims` from `first_axis` on.
  NdIndices(const Operand& index, const Dims& dims, size_t first_axis)
      : index_(index),
        dims_(dims),
        first_axis_(first_axis),
        rows_(index.view.dims.rows()),
        depth_(index.view.dims.back()) {
    if (depth_ == 0) {
      rows_ = 1;
      for (size_t i = 0; i + 1 < index.view.dims.rank(); ++i) rows_ *= index.view.dims[i];
    }
    for (size_t i = first_axis_ + static_cast<size_t>(depth_); i < dims_.rank(); ++i) {
      slice_ *= dims_[i];
    }
  }

  int64_t rows() const { return rows_; }
  int64_t slice_elements() const { return slice_; }
  // Which slice a row names, counted within one batch; -1 if it lies outside.
  int64_t slice(int64_t row) const {
    int64_t slice = 0;
    for (int64_t i = 0; i < depth_; ++i) {
      const int64_t size = dims_[first_axis_ + static_cast<size_t>(i)];
      const int64_t at = index_.within(row * depth_ + i, size);
      if (at < 0) return -1;
      slice = slice * size + at;
    }
    return slice;
  }
  Status check() const {
    for (int64_t row = 0; index_.is_given() && row < rows_; ++row) {
      if (slice(row) < 0) {
        return fail(Code::invalid_argument, "row ", row, " of the index lies outside ",
                    to_text(dims_.shape(), {}));
      }
    }
    return {};
  }

 private:
  Indices index_;
  Dims dims_;
  size_t first_axis_;
  int64_t rows_, depth_;
  int64_t slice_ = 1;
};

}  // namespace hone
