// The elements of a tensor as hone wants them, however the file stores them.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "frontend/onnx/tensor.h"
#include "frontend/onnx/tensor_source.h"
#include "tensor/dtype.h"

namespace hone::onnx {

// Row-major elements in the canonical layout of the dtype: row_bytes(dtype, elements) bytes.
struct TensorBytes {
  DType dtype = DType::f32;
  std::vector<int64_t> dims;
  Bytes bytes;  // into the model's file, a file beside it, or `owned`
  std::shared_ptr<const std::vector<std::byte>> owned;  // null: a view
};

// Whether bytes that lie at an odd address in the file are copied.
enum class Placement : uint8_t {
  aligned,   // to the size of an element, so that they can be read as an array
  anywhere,  // a view wherever the file holds them so: for those who pack or memcpy anyway
};

// From raw data, external data or the typed fields. Types of fewer than 8 bits are unpacked,
// booleans are 0 or 1. Memory is bounded by the stored bytes. Errors name the tensor: a dtype that
// hone has not (strings, complex numbers), a shape that is absurd, data of another length than the
// shape says.
Expected<TensorBytes> tensor_bytes(const TensorView& tensor, TensorSource& source,
                                   Placement placement = Placement::aligned);

// The whole of a sparse tensor, zeros included.
Expected<TensorBytes> tensor_bytes(const SparseTensorView& tensor, TensorSource& source);

// The elements of a STRING tensor.
Expected<std::vector<std::string_view>> tensor_strings(const TensorView& tensor);

}  // namespace hone::onnx
