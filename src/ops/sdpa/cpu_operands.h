// The operands of sdpa as its kernels walk them.
#pragma once

#include <algorithm>
#include <array>
#include <limits>

#include "backend/cpu/step.h"

namespace hone {

// An operand of 4 axes, or of 3 with its heads side by side.
struct SdpaBlock {
  const float* data = nullptr;
  int64_t heads = 0, sequence = 0, size = 0;
  bool four = true;

  SdpaBlock() = default;
  SdpaBlock(const Operand& operand, int64_t given_heads) : data(operand.view.as<float>()) {
    const Dims& dims = operand.view.dims;
    four = dims.rank() == 4;
    heads = four ? dims[1] : given_heads;
    sequence = four ? dims[2] : dims[1];
    size = four ? dims[3] : dims[2] / given_heads;
  }
  int64_t stride() const { return four ? size : heads * size; }
  int64_t offset(int64_t b, int64_t h, int64_t n) const {
    return (four ? (b * heads + h) * sequence + n : (b * sequence + n) * heads + h) * size;
  }
  const float* row(int64_t b, int64_t h, int64_t n) const { return data + offset(b, h, n); }
};

// What is added to scores, or which of them count; keys behind its end do not.
class SdpaMask {
 public:
  SdpaMask() = default;
  SdpaMask(const Operand& mask, bool is_whole) {
    if (!mask.present()) return;
    const Dims& dims = mask.view.dims;
    is_truth_ = mask.view.dtype == DType::boolean;
    data_ = mask.view.data;
    keys_ = dims.back();
    if (is_whole && keys_ == 1) {
      keys_ = std::numeric_limits<int64_t>::max();
      key_step_ = 0;
    }
    int64_t step = dims.back();
    for (size_t i = 1; i < dims.rank(); ++i) {
      const int64_t size = dims[dims.rank() - 1 - i];
      strides_[3 - i] = size == 1 ? 0 : step;
      step *= size;
    }
  }

  // To the scores [first, last) of query n.
  void apply(int64_t b, int64_t h, int64_t n, int64_t first, int64_t last, float* scores) const {
    if (data_ == nullptr) return;
    constexpr float kOff = -std::numeric_limits<float>::infinity();
    const int64_t start = b * strides_[0] + h * strides_[1] + n * strides_[2];
    const int64_t end = std::min(last, keys_);
    if (is_truth_) {
      const auto* mask = reinterpret_cast<const uint8_t*>(data_) + start;
      for (int64_t j = first; j < end; ++j) scores[j] = mask[j * key_step_] != 0 ? scores[j] : kOff;
    } else {
      const auto* mask = reinterpret_cast<const float*>(data_) + start;
      if (key_step_ == 1) {  // by vectors
        for (int64_t j = first; j < end; ++j) scores[j] += mask[j];
      } else {
        for (int64_t j = first; j < end; ++j) scores[j] += mask[j * key_step_];
      }
    }
    for (int64_t j = std::max(first, end); j < last; ++j) scores[j] = kOff;
  }

 private:
  bool is_truth_ = false;
  const std::byte* data_ = nullptr;
  int64_t keys_ = 0, key_step_ = 1;
  std::array<int64_t, 4> strides_{};
};

}  // namespace hone
