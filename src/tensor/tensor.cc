#include "tensor/tensor.h"

#include <cstring>

#include "tensor/tensor_memory.h"

namespace hone {

Expected<int64_t> checked_bytes(DType dtype, const Dims& dims) {
  int64_t elements = 1;
  for (const int64_t size : dims.sizes()) {
    if (size < 0) return fail(Code::invalid_argument, "a tensor has a negative size");
    if (__builtin_mul_overflow(elements, size, &elements)) elements = kMaxTensorBytes + 1;
    if (elements > kMaxTensorBytes) break;
  }
  // An empty axis beside absurd ones is empty all the same.
  for (const int64_t size : dims.sizes()) elements = size == 0 ? 0 : elements;
  const int64_t bytes = elements > kMaxTensorBytes ? elements : size_bytes(dtype, dims);
  if (bytes > kMaxTensorBytes) {
    return fail(Code::limit_exceeded, "a tensor of shape ", to_text(dims.shape(), {}),
                " is larger than ", kMaxTensorBytes >> 30, " GiB");
  }
  if (dtype == DType::string && elements > kMaxStrings) {
    return fail(Code::limit_exceeded, "a tensor of shape ", to_text(dims.shape(), {}),
                " has more than ", kMaxStrings, " strings");
  }
  return bytes;
}

Expected<Tensor> Tensor::with_room(DType dtype, const Dims& dims) {
  HONE_TRY(const int64_t bytes, checked_bytes(dtype, dims));
  Tensor tensor;
  tensor.dtype_ = dtype;
  tensor.dims_ = dims;
  const auto size = static_cast<size_t>(std::max<int64_t>(bytes, 64));
  std::byte* data = take_tensor_memory(size);
  if (data == nullptr) {
    return fail(Code::limit_exceeded, "there is no memory for a tensor of ", bytes, " bytes");
  }
  tensor.data_ = {data, [=](std::byte* p) { give_tensor_memory(p, size); }};
  return tensor;
}

Expected<Tensor> Tensor::allocate(DType dtype, const Dims& dims) {
  HONE_TRY(Tensor tensor, with_room(dtype, dims));
  std::memset(tensor.data_.get(), 0, static_cast<size_t>(size_bytes(dtype, dims)));
  if (dtype == DType::string) {
    tensor.strings_ =
        std::make_shared<std::vector<std::string>>(static_cast<size_t>(dims.elements()));
  }
  return tensor;
}

Expected<Tensor> Tensor::copy_of(ConstView view) {
  HONE_TRY(Tensor tensor, with_room(view.dtype, view.dims));
  const auto bytes = static_cast<size_t>(size_bytes(view.dtype, view.dims));
  if (bytes > 0) std::memcpy(tensor.data_.get(), view.data, bytes);
  return tensor;
}

Tensor Tensor::borrowed(ConstView view) {
  Tensor tensor;
  tensor.dtype_ = view.dtype;
  tensor.dims_ = view.dims;
  tensor.data_ = {const_cast<std::byte*>(view.data), [](std::byte*) {}};
  return tensor;
}

Tensor Tensor::of_strings(std::vector<std::string> strings, const Dims& dims) {
  HONE_CHECK(static_cast<int64_t>(strings.size()) == dims.elements());
  Tensor tensor;
  tensor.dtype_ = DType::string;
  tensor.dims_ = dims;
  tensor.strings_ = std::make_shared<const std::vector<std::string>>(std::move(strings));
  return tensor;
}

TensorList::TensorList(std::vector<Tensor> tensors)
    : tensors_(std::make_shared<std::vector<Tensor>>(std::move(tensors))),
      size_(tensors_->size()) {}

TensorList TensorList::with(Tensor tensor) const {
  TensorList longer = *this;
  if (tensors_ == nullptr || tensors_->size() > size_) {
    longer = TensorList(std::vector<Tensor>(begin(), end()));
  }
  longer.tensors_->push_back(std::move(tensor));
  ++longer.size_;
  return longer;
}

Tensor Tensor::reshaped(const Dims& dims) const {
  HONE_CHECK(dims.elements() == dims_.elements());
  Tensor tensor = *this;
  tensor.dims_ = dims;
  return tensor;
}

}  // namespace hone
