// Broadcasting for kernels: neighboring axes that all operands walk alike become one, and each
// operand has a stride an axis, 0 where it is repeated.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "tensor/shape.h"

namespace hone {

// Of N operands that broadcast to `result`.
template <size_t N>
class Broadcast {
 public:
  Broadcast(const Dims& result, const std::array<Dims, N>& operands) {
    rank_ = 0;
    std::array<int64_t, N> step;
    step.fill(1);
    // From the innermost axis out; axes are stored outermost first afterwards.
    std::array<int64_t, kMaxRank> sizes;
    std::array<std::array<int64_t, kMaxRank>, N> strides;
    for (size_t i = 0; i < result.rank(); ++i) {
      const int64_t size = result[result.rank() - 1 - i];
      std::array<int64_t, N> stride;
      for (size_t n = 0; n < N; ++n) {
        const Dims& dims = operands[n];
        const int64_t own = i < dims.rank() ? dims[dims.rank() - 1 - i] : 1;
        stride[n] = own == 1 ? 0 : step[n];
        step[n] *= own;
      }
      if (size == 1) continue;
      bool joins = rank_ > 0;
      for (size_t n = 0; n < N && joins; ++n) {
        joins = stride[n] == strides[n][rank_ - 1] * sizes[rank_ - 1];
      }
      if (joins) {
        sizes[rank_ - 1] *= size;
        continue;
      }
      sizes[rank_] = size;
      for (size_t n = 0; n < N; ++n) strides[n][rank_] = stride[n];
      ++rank_;
    }
    if (rank_ == 0) {
      sizes[0] = 1;
      for (size_t n = 0; n < N; ++n) strides[n][0] = 0;
      rank_ = 1;
    }
    for (size_t i = 0; i < rank_; ++i) {
      sizes_[i] = sizes[rank_ - 1 - i];
      for (size_t n = 0; n < N; ++n) strides_[n][i] = strides[n][rank_ - 1 - i];
    }
    for (size_t i = 0; i + 1 < rank_; ++i) rows_ *= sizes_[i];
    if (result.elements() == 0) rows_ = 0;
  }

  // The innermost axis is a row; a kernel runs over it with stride inner_stride(n), 0 or more.
  int64_t rows() const { return rows_; }
  int64_t columns() const { return sizes_[rank_ - 1]; }
  int64_t inner_stride(size_t n) const { return strides_[n][rank_ - 1]; }
  // Where each operand's row begins.
  std::array<int64_t, N> offsets(int64_t row) const {
    std::array<int64_t, N> offsets{};
    for (size_t i = rank_ - 1; i-- > 0;) {
      const int64_t at = row % sizes_[i];
      row /= sizes_[i];
      for (size_t n = 0; n < N; ++n) offsets[n] += at * strides_[n][i];
    }
    return offsets;
  }

 private:
  size_t rank_;
  int64_t rows_ = 1;
  std::array<int64_t, kMaxRank> sizes_{};
  std::array<std::array<int64_t, kMaxRank>, N> strides_{};
};

}  // namespace hone
