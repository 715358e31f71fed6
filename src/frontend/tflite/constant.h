// Constants of TFLite models as everybody else wants them: dense, row-major, an element after the
// other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "frontend/tflite/model.h"
#include "tensor/dtype.h"

namespace hone::tflite {

namespace limits {
// What a sparse constant may become, so that a small file does not take much memory.
inline constexpr int64_t kDensifiedBytes = int64_t{1} << 28;
inline constexpr int64_t kDensifiedTimes = 1024;  // its bytes in the file, but at least
inline constexpr int64_t kDensifiedAnyway = 1 << 16;
}  // namespace limits

// The type of what dense_bytes gives: hone's name for it. STRING, RESOURCE, VARIANT and the complex
// types have none.
Expected<DType> dense_dtype(TensorType type);

// Elements of the tensor's shape. An unknown dimension (-1) or too large a product is an error.
Expected<int64_t> element_count(const TensorView& tensor);

// Views the file, or what had to be unpacked. Move only.
class DenseBytes {
 public:
  explicit DenseBytes(Bytes view) : view_(view) {}
  explicit DenseBytes(std::vector<std::byte> unpacked)
      : unpacked_(std::move(unpacked)), view_(unpacked_) {}
  DenseBytes(DenseBytes&&) = default;
  DenseBytes& operator=(DenseBytes&&) = default;

  Bytes bytes() const { return view_; }  // at any alignment
  bool is_view() const { return unpacked_.empty(); }

 private:
  std::vector<std::byte> unpacked_;
  Bytes view_;
};

// The elements of a constant, in type dense_dtype: as stored, or spread out if it is sparse (as
// TFLite's DENSIFY does), or a byte each if it is INT4. The size is that of the shape, exactly.
Expected<DenseBytes> dense_bytes(const TensorView& tensor);

}  // namespace hone::tflite
