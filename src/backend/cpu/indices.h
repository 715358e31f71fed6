// Operands that hold indices into another tensor, as i32 or i64.
#pragma once

#include "backend/cpu/step.h"

namespace hone {

class Indices {
 public:
  explicit Indices(const Operand& operand)
      : data_(operand.view.data),
        count_(operand.view.dims.elements()),
        wide_(operand.view.dtype == DType::i64),
        is_given_(operand.is_input || operand.is_constant) {}

  int64_t operator[](int64_t i) const {
    return wide_ ? reinterpret_cast<const int64_t*>(data_)[i]
                 : reinterpret_cast<const int32_t*>(data_)[i];
  }
  // Index i of an axis of that size, counted from its end if negative; -1 if it lies outside.
  int64_t within(int64_t i, int64_t size) const {
    const int64_t at = (*this)[i];
    if (at >= size || at < -size) return -1;
    return at < 0 ? at + size : at;
  }
  // Whether they came from outside, and are not computed by the model.
  bool is_given() const { return is_given_; }
  // Whether all lie in [-size, size), if they are given; the others are looked at when they
  // are followed.
  Status check(int64_t size) const {
    for (int64_t i = 0; is_given_ && i < count_; ++i) {
      if (within(i, size) < 0) {
        return fail(Code::invalid_argument, "index ", (*this)[i], " lies outside an axis of ",
                    size);
      }
    }
    return {};
  }

 private:
  const std::byte* data_;
  int64_t count_;
  bool wide_;
  bool is_given_;
};

}  // namespace hone
