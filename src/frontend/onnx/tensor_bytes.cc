#include "frontend/onnx/tensor_bytes.h"

#include <algorithm>
#include <bit>
#include <optional>
#include <utility>

#include "base/text.h"
#include "frontend/onnx/wire.h"

namespace hone::onnx {
namespace {

namespace names = field::TensorProto;
using Owned = std::vector<std::byte>;

// How many bits an element takes in raw data.
int raw_bits(DType dtype) {
  switch (dtype) {
    case DType::i2:
    case DType::u2:
      return 2;
    case DType::i4:
    case DType::u4:
    case DType::f4_e2m1:
      return 4;
    case DType::f6_e2m3:
    case DType::f6_e3m2:
      return 6;
    default:
      return static_cast<int>(info(dtype).block_bytes) * 8;
  }
}

// The field of TensorProto that may hold elements of the type, if raw_data does not.
uint32_t typed_field(DType dtype) {
  switch (dtype) {
    case DType::f32:
      return names::float_data;
    case DType::f64:
      return names::double_data;
    case DType::i64:
      return names::int64_data;
    case DType::u32:
    case DType::u64:
      return names::uint64_data;
    default:
      return names::int32_data;
  }
}

uint64_t raw_size(DType dtype, int64_t elements) {
  return (static_cast<uint64_t>(elements) * static_cast<uint64_t>(raw_bits(dtype)) + 7) / 8;
}

std::unexpected<Error> wrong_size(uint64_t wanted, uint64_t got) {
  return fail(Code::corrupt, "its shape needs ", wanted, " bytes, but its data have ", got,
              "; the file is damaged");
}

// Collects the varints of a typed field, the low bytes of each.
struct Varints {
  size_t width;   // bytes kept of a number
  uint64_t size;  // bytes wanted
  Owned bytes;

  Status add(uint64_t value) {
    if (bytes.size() + width > size) return wrong_size(size, size + width);
    const auto* low = reinterpret_cast<const std::byte*>(&value);
    bytes.insert(bytes.end(), low, low + width);
    return {};
  }
  Status add_packed(Bytes packed) {
    VarintReader varints(packed);
    uint64_t value = 0;
    while (!varints.done()) {
      if (!varints.read(value)) return fail(Code::corrupt, "its data end within a number");
      HONE_RETURN_IF_ERROR(add(value));
    }
    return {};
  }
};

Expected<Owned> read_varints(Bytes message, uint32_t typed, size_t width, uint64_t size) {
  // Every number takes a byte of the file at least.
  if (size / width > message.size()) return wrong_size(size, message.size());
  Varints numbers{width, size, {}};
  numbers.bytes.reserve(size);
  WireReader reader(message);
  while (reader.next()) {
    if (reader.field() != typed) continue;
    HONE_RETURN_IF_ERROR(reader.type() == WireType::varint
                             ? numbers.add(static_cast<uint64_t>(reader.integer()))
                             : numbers.add_packed(reader.bytes()));
  }
  HONE_RETURN_IF_ERROR(reader.status());
  if (numbers.bytes.size() != size) return wrong_size(size, numbers.bytes.size());
  return std::move(numbers.bytes);
}

// Stored bytes: a view, or owned.
struct Stored {
  Bytes bytes;
  std::optional<Owned> owned;
};

// float_data and double_data: as a rule one run of bytes, of which a view is given.
Expected<Stored> read_floats(Bytes message, DType dtype, uint64_t size) {
  const WireType single = dtype == DType::f64 ? WireType::fixed64 : WireType::fixed32;
  Stored stored;
  WireReader reader(message);
  while (reader.next()) {
    if (reader.field() != typed_field(dtype)) continue;
    const Bytes run = reader.numbers(single);
    if (run.size() > size - std::min<uint64_t>(size, stored.bytes.size())) {
      return wrong_size(size, stored.bytes.size() + run.size());
    }
    if (stored.bytes.empty()) {
      stored.bytes = run;
      continue;
    }
    if (!stored.owned) stored.owned.emplace(stored.bytes.begin(), stored.bytes.end());
    stored.owned->insert(stored.owned->end(), run.begin(), run.end());
    stored.bytes = *stored.owned;
  }
  HONE_RETURN_IF_ERROR(reader.status());
  if (stored.bytes.size() != size) return wrong_size(size, stored.bytes.size());
  return stored;
}

// The bytes as raw_data would hold them.
Expected<Stored> stored_bytes(const TensorView& tensor, DType dtype, int64_t elements,
                              TensorSource& source) {
  const uint64_t size = raw_size(dtype, elements);
  if (tensor.external) {
    HONE_TRY(const Bytes bytes, source.external(*tensor.external, size));
    return Stored{bytes, {}};
  }
  if (tensor.raw && (!tensor.raw->empty() || size == 0)) {
    if (tensor.raw->size() != size) return wrong_size(size, tensor.raw->size());
    return Stored{*tensor.raw, {}};
  }
  if (dtype == DType::f32 || dtype == DType::f64) return read_floats(tensor.message, dtype, size);
  const auto width = static_cast<size_t>(info(dtype).block_bytes);
  Stored stored;
  HONE_TRY(stored.owned, read_varints(tensor.message, typed_field(dtype), width, size));
  stored.bytes = *stored.owned;
  return stored;
}

bool is_signed(DType dtype) { return dtype == DType::i4 || dtype == DType::i2; }

// Elements of `bits` bits, the first in the lowest, one to a byte each.
Owned unpack(Bytes packed, DType dtype, int64_t elements) {
  const auto bits = static_cast<unsigned>(raw_bits(dtype));
  const unsigned mask = (1u << bits) - 1;
  const unsigned sign = is_signed(dtype) ? 1u << (bits - 1) : 0;
  Owned out(static_cast<size_t>(elements));
  for (size_t i = 0; i < out.size(); ++i) {
    const size_t bit = i * bits;
    auto pair = std::to_integer<unsigned>(packed[bit / 8]);
    if (bit / 8 + 1 < packed.size()) pair |= std::to_integer<unsigned>(packed[bit / 8 + 1]) << 8;
    const unsigned code = pair >> bit % 8 & mask;
    out[i] = static_cast<std::byte>((code ^ sign) - sign);
  }
  return out;
}

Owned as_booleans(Bytes bytes) {
  Owned out(bytes.begin(), bytes.end());
  for (std::byte& byte : out) byte = std::byte{byte != std::byte{0}};
  return out;
}

bool is_aligned(Bytes bytes, DType dtype) {
  const auto size = static_cast<uintptr_t>(info(dtype).block_bytes);
  return reinterpret_cast<uintptr_t>(bytes.data()) % size == 0;
}

// Whether bytes are looked at one by one, and perhaps copied.
bool may_be_made_anew(const Stored& stored, DType dtype, bool is_packed, Placement placement) {
  return is_packed || dtype == DType::boolean ||
         (placement == Placement::aligned && !is_aligned(stored.bytes, dtype));
}

// Makes anew what of the stored bytes has to be, if any.
void canonicalize(Stored& stored, DType dtype, int64_t elements, bool is_packed,
                  Placement placement) {
  const auto is_boolean = [](std::byte byte) { return byte <= std::byte{1}; };
  if (is_packed) {
    stored.owned = unpack(stored.bytes, dtype, elements);
  } else if (dtype == DType::boolean && !std::ranges::all_of(stored.bytes, is_boolean)) {
    stored.owned = as_booleans(stored.bytes);
  } else if (!stored.owned && placement == Placement::aligned && !is_aligned(stored.bytes, dtype)) {
    stored.owned.emplace(stored.bytes.begin(), stored.bytes.end());
  }
}

TensorBytes finish(DType dtype, std::vector<int64_t> dims, Stored stored) {
  TensorBytes result;
  result.dtype = dtype;
  result.dims = std::move(dims);
  result.bytes = stored.bytes;
  if (stored.owned) {
    result.owned = std::make_shared<const Owned>(*std::move(stored.owned));
    result.bytes = *result.owned;
  }
  return result;
}

Expected<TensorBytes> read_bytes(const TensorView& tensor, TensorSource& source,
                                 Placement placement) {
  const std::optional<DType> dtype = dtype_of(tensor.data_type);
  if (!dtype) {
    return fail(Code::unsupported, "its elements are of type ", to_string(tensor.data_type), " (",
                static_cast<int32_t>(tensor.data_type), "), which hone does not compute with");
  }
  if (tensor.has_segment) return fail(Code::unsupported, "it is a segment of a larger tensor");
  HONE_TRY(const int64_t elements, element_count(tensor.dims));
  const bool is_f6 = raw_bits(*dtype) == 6;
  const bool is_typed = !tensor.external && (!tensor.raw || tensor.raw->empty());
  Stored stored;
  if (is_f6 && is_typed) {  // one element, not packed, to a number
    HONE_TRY(stored.owned,
             read_varints(tensor.message, typed_field(*dtype), 1, static_cast<uint64_t>(elements)));
    stored.bytes = *stored.owned;
  } else {
    HONE_TRY(stored, stored_bytes(tensor, *dtype, elements, source));
  }
  const bool is_packed = raw_bits(*dtype) < 8 && !(is_f6 && is_typed);
  if (tensor.external && may_be_made_anew(stored, *dtype, is_packed, placement)) {
    HONE_RETURN_IF_ERROR(source.copy_external(stored.bytes.size()));
  }
  canonicalize(stored, *dtype, elements, is_packed, placement);
  return finish(*dtype, tensor.dims, std::move(stored));
}

std::string road(const TensorView& tensor) { return cat("tensor '", printable(tensor.name), "'"); }

// Where element `i` of a sparse tensor stands in the whole; nothing if beyond it.
std::optional<int64_t> linear_index(PackedView<int64_t> indices, size_t i, size_t rank,
                                    const std::vector<int64_t>& dims) {
  int64_t linear = 0;
  for (size_t axis = 0; axis < rank; ++axis) {
    const int64_t index = indices[i * rank + axis];
    if (index < 0 || index >= dims[axis]) return std::nullopt;
    linear = linear * dims[axis] + index;
  }
  return linear;
}

Status scatter(const TensorBytes& values, const TensorBytes& indices,
               const std::vector<int64_t>& dims, int64_t elements, Owned& out) {
  const auto size = static_cast<size_t>(info(values.dtype).block_bytes);
  const size_t count = values.bytes.size() / size;
  const bool is_linear = indices.dims.size() == 1;
  const std::vector<int64_t> shape = is_linear ? std::vector{elements} : dims;
  const size_t rank = shape.size();
  if (indices.dtype != DType::i64 || indices.dims.size() > 2 || indices.dims.empty() ||
      indices.bytes.size() != count * rank * sizeof(int64_t)) {
    return fail(Code::corrupt, "its indices do not fit its ", count, " values");
  }
  const PackedView<int64_t> numbers(indices.bytes);
  for (size_t i = 0; i < count; ++i) {
    const std::optional<int64_t> index = linear_index(numbers, i, rank, shape);
    if (!index) return fail(Code::corrupt, "the index of value ", i, " lies outside its shape");
    std::ranges::copy(values.bytes.subspan(i * size, size),
                      out.begin() + static_cast<ptrdiff_t>(*index * static_cast<int64_t>(size)));
  }
  return {};
}

Expected<TensorBytes> read_sparse(const SparseTensorView& tensor, TensorSource& source) {
  HONE_TRY(const int64_t elements, element_count(tensor.dims));
  HONE_TRY(const TensorBytes values, tensor_bytes(tensor.values, source, Placement::anywhere));
  HONE_TRY(const TensorBytes indices, tensor_bytes(tensor.indices, source, Placement::anywhere));
  const auto size = static_cast<uint64_t>(row_bytes(values.dtype, elements));
  HONE_RETURN_IF_ERROR(source.expand(size));
  Stored stored;
  stored.owned.emplace(size);
  HONE_RETURN_IF_ERROR(scatter(values, indices, tensor.dims, elements, *stored.owned));
  return finish(values.dtype, tensor.dims, std::move(stored));
}

}  // namespace

Expected<TensorBytes> tensor_bytes(const TensorView& tensor, TensorSource& source,
                                   Placement placement) {
  HONE_TRY_CONTEXT(TensorBytes bytes, read_bytes(tensor, source, placement), road(tensor));
  return bytes;
}

Expected<TensorBytes> tensor_bytes(const SparseTensorView& tensor, TensorSource& source) {
  HONE_TRY_CONTEXT(TensorBytes bytes, read_sparse(tensor, source), "sparse ", road(tensor.values));
  return bytes;
}

Expected<std::vector<std::string_view>> tensor_strings(const TensorView& tensor) {
  HONE_TRY_CONTEXT(const int64_t elements, element_count(tensor.dims), road(tensor));
  std::vector<std::string_view> strings;
  const auto read = [&]() -> Status {
    if (tensor.data_type != DataType::STRING) {
      return fail(Code::invalid_argument, "its elements are of type ", to_string(tensor.data_type),
                  ", not strings");
    }
    WireReader reader(tensor.message);
    while (reader.next()) {
      if (reader.field() != names::string_data) continue;
      if (strings.size() == limits::kStrings) {
        return fail(Code::limit_exceeded, "it has more than ", limits::kStrings, " strings");
      }
      strings.push_back(reader.text());
    }
    HONE_RETURN_IF_ERROR(reader.status());
    if (strings.size() == static_cast<uint64_t>(elements)) return {};
    return fail(Code::corrupt, "its shape needs ", elements, " strings, but it has ",
                strings.size());
  };
  if (Status status = read(); !status) {
    return std::unexpected(std::move(status).error().context(road(tensor)));
  }
  return strings;
}

}  // namespace hone::onnx
