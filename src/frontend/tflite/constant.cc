#include "frontend/tflite/constant.h"

#include <algorithm>
#include <utility>

#include "frontend/tflite/sparse.h"

namespace hone::tflite {
namespace {

constexpr int64_t kMaxElements = int64_t{1} << 48;

std::unexpected<Error> wrong_size(Bytes data, int64_t wanted) {
  return fail(Code::corrupt, "its data has ", data.size(), " bytes where its shape needs ", wanted,
              "; the file is damaged or was written wrongly");
}

// Two to a byte, the first in the low half; both complements of two.
std::vector<std::byte> unpack_int4(Bytes packed, int64_t elements) {
  std::vector<std::byte> out(static_cast<size_t>(elements));
  for (size_t i = 0; i < out.size(); ++i) {
    const auto both = static_cast<uint8_t>(packed[i / 2]);
    const int code = i % 2 == 0 ? both & 15 : both >> 4;
    out[i] = static_cast<std::byte>((code ^ 8) - 8);
  }
  return out;
}

Expected<DenseBytes> dense_int4(Bytes data, int64_t elements) {
  const int64_t wanted = (elements + 1) / 2;
  if (static_cast<int64_t>(data.size()) != wanted) return wrong_size(data, wanted);
  return DenseBytes(unpack_int4(data, elements));
}

// A small file must not become much memory.
Status check_growth(int64_t wanted, Bytes stored) {
  const int64_t times = limits::kDensifiedTimes * static_cast<int64_t>(stored.size());
  const int64_t most = std::min(limits::kDensifiedBytes, std::max(times, limits::kDensifiedAnyway));
  if (wanted <= most) return {};
  return fail(Code::limit_exceeded, "it is sparse: ", stored.size(), " bytes stand for ", wanted,
              ", and at most ", most, " are allowed");
}

Expected<DenseBytes> dense_constant(const TensorView& tensor) {
  if (!tensor.data) {
    return fail(Code::corrupt, tensor.has_unknown_fields
                                   ? "its data is not in the file, or kept in a way that is newer "
                                     "than hone's schema; convert the model without external data"
                                   : "it has no data, but is used as a constant");
  }
  const Bytes data = *tensor.data;
  HONE_TRY(const DType dtype, dense_dtype(tensor.type));
  HONE_TRY(const int64_t elements, element_count(tensor));
  const bool is_int4 = tensor.type == TensorType::INT4;
  const int64_t wanted = row_bytes(dtype, elements);
  if (tensor.sparsity) {
    if (is_int4)
      return fail(Code::unsupported, "it is sparse and INT4; TFLite has no such tensors");
    if (elements == 0) return DenseBytes(Bytes());
    HONE_RETURN_IF_ERROR(check_growth(wanted, data));
    HONE_TRY(auto spread, densify(*tensor.sparsity, tensor.shape, data,
                                  static_cast<size_t>(row_bytes(dtype, 1))));
    return DenseBytes(std::move(spread));
  }
  if (is_int4) return dense_int4(data, elements);
  if (static_cast<int64_t>(data.size()) != wanted) return wrong_size(data, wanted);
  return DenseBytes(data);
}

}  // namespace

Expected<DType> dense_dtype(TensorType type) {
  switch (type) {
    case TensorType::FLOAT32:
      return DType::f32;
    case TensorType::FLOAT16:
      return DType::f16;
    case TensorType::BFLOAT16:
      return DType::bf16;
    case TensorType::FLOAT64:
      return DType::f64;
    case TensorType::INT4:
      return DType::i4;
    case TensorType::INT8:
      return DType::i8;
    case TensorType::UINT8:
      return DType::u8;
    case TensorType::INT16:
      return DType::i16;
    case TensorType::UINT16:
      return DType::u16;
    case TensorType::INT32:
      return DType::i32;
    case TensorType::UINT32:
      return DType::u32;
    case TensorType::INT64:
      return DType::i64;
    case TensorType::UINT64:
      return DType::u64;
    case TensorType::BOOL:
      return DType::boolean;
    default:
      return fail(Code::unsupported, "its elements are of ", name_of(type).empty() ? "" : "type ",
                  type_text(type), ", which cannot be a constant here");
  }
}

Expected<int64_t> element_count(const TensorView& tensor) {
  int64_t count = 1;
  for (const int32_t size : tensor.shape) {
    if (size < 0) {
      return fail(Code::corrupt, "a dimension of size ", size,
                  " makes no sense for a constant; the file is damaged or was written wrongly");
    }
    if (size != 0 && count > kMaxElements / size) {
      return fail(Code::limit_exceeded, "it has more than ", kMaxElements, " elements");
    }
    count *= size;
  }
  return count;
}

Expected<DenseBytes> dense_bytes(const TensorView& tensor) {
  HONE_TRY_CONTEXT(DenseBytes dense, dense_constant(tensor), "tensor '", printable(tensor.name, 80),
                   "'");
  return dense;
}

}  // namespace hone::tflite
