// Views: a pointer, a dtype and a shape; dense and row-major; they own nothing.
#pragma once

#include <cstddef>

#include "tensor/dtype.h"
#include "tensor/shape.h"

namespace hone {

inline int64_t size_bytes(DType dtype, const Dims& dims) {
  return dims.rows() * row_bytes(dtype, dims.back());
}

struct ConstView {
  const std::byte* data = nullptr;
  DType dtype = DType::f32;
  Dims dims;

  template <class T>
  const T* as() const {
    return reinterpret_cast<const T*>(data);
  }
  bool empty() const { return data == nullptr; }
};

struct View {
  std::byte* data = nullptr;
  DType dtype = DType::f32;
  Dims dims;

  template <class T>
  T* as() const {
    return reinterpret_cast<T*>(data);
  }
  operator ConstView() const { return {data, dtype, dims}; }
};

}  // namespace hone
