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

struct RunValue {
  enum class Kind : uint8_t { absent, tensor, sequence };
  Kind kind = Kind::absent;
  Tensor tensor;
  std::vector<Tensor> items;

  RunValue() = default;
  RunValue(Tensor t) : kind(Kind::tensor), tensor(std::move(t)) {}
  static RunValue sequence(std::vector<Tensor> tensors) {
    RunValue value;
    value.kind = Kind::sequence;
    value.items = std::move(tensors);
    return value;
  }
};

}  // namespace hone
