// Tensors that own their bytes, and the values that pass between plans: a tensor, a sequence of
// tensors, or nothing (an empty optional). Copies share the bytes.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tensor/view.h"

namespace hone {

// The most bytes one tensor may have; what asks for more is a broken or hostile model.
inline constexpr int64_t kMaxTensorBytes = int64_t{1} << 36;
// The most strings one tensor may have: each takes 32 bytes and more, were it empty.
inline constexpr int64_t kMaxStrings = int64_t{1} << 24;

// Bytes of such a tensor, or an error if a size is negative or the product too large.
Expected<int64_t> checked_bytes(DType dtype, const Dims& dims);

class Tensor {
 public:
  Tensor() = default;
  // Zeroed, 64-byte aligned. A string tensor has empty strings.
  static Expected<Tensor> allocate(DType dtype, const Dims& dims);
  static Expected<Tensor> copy_of(ConstView view);
  // The bytes stay the caller's, and must outlive every copy of the tensor.
  static Tensor borrowed(ConstView view);
  static Tensor of_strings(std::vector<std::string> strings, const Dims& dims);

  DType dtype() const { return dtype_; }
  const Dims& dims() const { return dims_; }
  ConstView view() const { return {data_.get(), dtype_, dims_}; }
  // To write the elements of a tensor that was just allocated.
  View writable() { return {data_.get(), dtype_, dims_}; }
  // Only of dtype string.
  const std::vector<std::string>& strings() const { return *strings_; }
  // The same bytes under another shape of as many elements.
  Tensor reshaped(const Dims& dims) const;

 private:
  // Its bytes are not written yet.
  static Expected<Tensor> with_room(DType dtype, const Dims& dims);

  DType dtype_ = DType::f32;
  Dims dims_;
  std::shared_ptr<std::byte[]> data_;
  std::shared_ptr<const std::vector<std::string>> strings_;
};

// Tensors in a row that never change. Copies share them, and a longer list shares those of the one
// it began as, so that a loop may append to a list as often as it runs. Lists that share are for
// one thread at a time.
class TensorList {
 public:
  TensorList() = default;
  TensorList(std::vector<Tensor> tensors);
  TensorList(std::initializer_list<Tensor> tensors) : TensorList(std::vector(tensors)) {}

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  const Tensor* begin() const { return tensors_ == nullptr ? nullptr : tensors_->data(); }
  const Tensor* end() const { return begin() + size_; }
  const Tensor& operator[](size_t i) const { return begin()[i]; }
  // These and `tensor` behind them: in constant time, unless another was put behind them before.
  TensorList with(Tensor tensor) const;

 private:
  std::shared_ptr<std::vector<Tensor>> tensors_;  // behind size_ stand those of longer lists
  size_t size_ = 0;
};

struct RunValue {
  enum class Kind : uint8_t { absent, tensor, sequence };
  Kind kind = Kind::absent;
  Tensor tensor;
  TensorList items;

  RunValue() = default;
  RunValue(Tensor t) : kind(Kind::tensor), tensor(std::move(t)) {}
  static RunValue sequence(TensorList tensors) {
    RunValue value;
    value.kind = Kind::sequence;
    value.items = std::move(tensors);
    return value;
  }
};

}  // namespace hone
