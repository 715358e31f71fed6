#include "frontend/gguf/part.h"

#include <algorithm>
#include <bit>
#include <numeric>
#include <utility>

namespace hone {
namespace {

constexpr std::string_view kRepair = "; download the file again or convert the model anew";

// The shortest entries: a key of one letter, type and a byte; a name of one letter, rank 0, type
// and offset.
constexpr uint64_t kMinEntryBytes = 8 + 1 + 4 + 1;
constexpr uint64_t kMinTensorBytes = 8 + 1 + 4 + 4 + 8;

// "tensor 'blk.0.attn_q.weight'", safe to print.
std::string quoted(std::string_view kind, std::string_view name) {
  return cat(kind, " '", printable(name, 80), "'");
}

Status check_magic(Bytes bytes) {
  const std::string_view text = as_text(bytes);
  if (text.starts_with("GGUF")) return {};
  if (text.starts_with("version https://git-lfs")) {
    return fail(Code::corrupt, "this is a Git LFS pointer, not the model; run 'git lfs pull'");
  }
  if (text.starts_with("tjgg") || text.starts_with("lmgg") || text.starts_with("fmgg")) {
    return fail(Code::unsupported, "this is a model of the time before GGUF; convert it to GGUF");
  }
  if (text.empty()) return fail(Code::corrupt, "the file is empty", kRepair);
  return fail(Code::corrupt, "this is not a GGUF file: it begins with '",
              printable(text.substr(0, 4)), "' instead of 'GGUF'");
}

Status check_version(uint32_t version) {
  if (version == 2 || version == 3) return {};
  if (version == 1) {
    return fail(Code::unsupported, "GGUF version 1 is not supported; convert the model anew");
  }
  if (version != 0 && (version & 0xffff) == 0) {
    return fail(Code::unsupported, "this GGUF file is big-endian; convert it to little-endian ",
                "(gguf-convert-endian of the Python package gguf does)");
  }
  return fail(Code::unsupported, "GGUF version ", version,
              " is not supported; versions 2 and 3 are");
}

// Reads the header, entry by entry. Names and keys give errors their road.
class PartReader {
 public:
  explicit PartReader(Bytes bytes) : bytes_(bytes), reader_(bytes) {}

  Expected<GgufPart> read();

 private:
  Status read_counts();
  Status read_metadata();
  Expected<GgufValue> read_entry();
  Expected<std::string_view> read_text(std::string_view what, uint64_t limit);
  Status read_scalar(GgufValue& value);
  Status read_array(GgufValue& value);
  Status read_strings(GgufValue& value);
  Status check_keys() const;
  Status read_alignment();
  Status read_tensors();
  Expected<GgufTensor> read_tensor();
  Status read_dims(GgufTensor& tensor);
  Status check_names() const;
  Status place_tensors();
  Status place_tensor(size_t index, uint64_t data_start);
  Status check_overlap() const;

  Bytes bytes_;
  ByteReader reader_;
  GgufPart part_;
  uint64_t tensor_count_ = 0;
  uint64_t metadata_count_ = 0;
  std::vector<uint64_t> offsets_;  // of tensors, from the start of the data
};

Expected<GgufPart> PartReader::read() {
  HONE_RETURN_IF_ERROR(check_magic(bytes_));
  reader_.skip(4);
  part_.version = reader_.u32();
  HONE_RETURN_IF_ERROR(reader_.status());
  HONE_RETURN_IF_ERROR(check_version(part_.version));
  HONE_RETURN_IF_ERROR(read_counts());
  HONE_RETURN_IF_ERROR(read_metadata());
  HONE_RETURN_IF_ERROR(read_alignment());
  HONE_RETURN_IF_ERROR(read_tensors());
  HONE_RETURN_IF_ERROR(place_tensors());
  return std::move(part_);
}

// A count that cannot fit in the file is refused before anything is reserved for it.
Status check_count(std::string_view what, uint64_t count, uint64_t limit, uint64_t bytes_left,
                   uint64_t min_bytes) {
  if (count > limit) {
    return fail(Code::limit_exceeded, "the header promises ", count, ' ', what, "; at most ", limit,
                " are read");
  }
  if (count > bytes_left / min_bytes) {
    return fail(Code::corrupt, "the header promises ", count, ' ', what, " but only ", bytes_left,
                " bytes are left", kRepair);
  }
  return {};
}

Status PartReader::read_counts() {
  tensor_count_ = reader_.u64();
  metadata_count_ = reader_.u64();
  HONE_RETURN_IF_ERROR(reader_.status());
  return check_count("metadata entries", metadata_count_, gguf_limits::kMetadata,
                     reader_.remaining(), kMinEntryBytes);
}

Status PartReader::read_metadata() {
  part_.metadata.reserve(metadata_count_);
  for (uint64_t i = 0; i < metadata_count_; ++i) {
    HONE_TRY_CONTEXT(const GgufValue value, read_entry(), "metadata entry ", i);
    part_.metadata.push_back(value);
  }
  return check_keys();
}

Expected<std::string_view> PartReader::read_text(std::string_view what, uint64_t limit) {
  const uint64_t size = reader_.u64();
  if (reader_.ok() && size > limit) {
    // More than the format allows, or than the file holds, is no long text but a broken size.
    const bool broken = limit <= gguf_limits::kKeyBytes || size > reader_.remaining();
    return fail(broken ? Code::corrupt : Code::limit_exceeded, what, " of ", size,
                " bytes; at most ", limit, " are read", broken ? kRepair : "");
  }
  const std::string_view text = reader_.text(size);
  HONE_RETURN_IF_ERROR(reader_.status());
  return text;
}

Expected<GgufValue> PartReader::read_entry() {
  GgufValue value;
  HONE_TRY(value.key, read_text("a key", gguf_limits::kKeyBytes));
  if (value.key.empty()) return fail(Code::corrupt, "the key is empty", kRepair);
  const uint32_t number = reader_.u32();
  HONE_RETURN_IF_ERROR(reader_.status());
  const std::optional<GgufType> type = gguf_type(number);
  if (!type) {
    return fail(Code::unsupported, quoted("the value of", value.key), " has the unknown type ",
                number, "; this hone knows types 0 to 12");
  }
  value.type = *type;
  const auto read_value =
      *type == GgufType::array ? &PartReader::read_array : &PartReader::read_scalar;
  if (Status status = (this->*read_value)(value); !status) {
    return std::unexpected(std::move(status).error().context(quoted("key", value.key)));
  }
  return value;
}

Status check_booleans(Bytes raw) {
  for (const std::byte byte : raw) {
    if (std::to_integer<int>(byte) > 1) {
      return fail(Code::corrupt, "a bool is ", std::to_integer<int>(byte), " instead of 0 or 1",
                  kRepair);
    }
  }
  return {};
}

Status PartReader::read_scalar(GgufValue& value) {
  if (value.type == GgufType::string) {
    HONE_TRY(const std::string_view text, read_text("a string", gguf_limits::kStringBytes));
    value.raw = as_bytes(text);
    return {};
  }
  value.raw = reader_.take(value_bytes(value.type));
  HONE_RETURN_IF_ERROR(reader_.status());
  return value.type == GgufType::boolean ? check_booleans(value.raw) : Status();
}

Status PartReader::read_array(GgufValue& value) {
  const uint32_t number = reader_.u32();
  value.count = reader_.u64();
  HONE_RETURN_IF_ERROR(reader_.status());
  const std::optional<GgufType> type = gguf_type(number);
  if (!type) return fail(Code::unsupported, "the array has the unknown element type ", number);
  if (*type == GgufType::array) {
    return fail(Code::unsupported, "the array holds arrays; nested arrays are not supported");
  }
  if (value.count > gguf_limits::kArrayElements) {
    return fail(Code::limit_exceeded, "the array promises ", value.count, " elements; at most ",
                gguf_limits::kArrayElements, " are read");
  }
  value.type = *type;
  value.form = GgufValue::Form::array;
  if (*type == GgufType::string) return read_strings(value);
  value.raw = reader_.take(value.count * value_bytes(*type));
  HONE_RETURN_IF_ERROR(reader_.status());
  return *type == GgufType::boolean ? check_booleans(value.raw) : Status();
}

// Walked without ByteReader's bookkeeping: a vocabulary has 262144 strings.
Status PartReader::read_strings(GgufValue& value) {
  const uint64_t left = reader_.remaining();
  const std::byte* const start = bytes_.data() + reader_.position();
  uint64_t used = 0;
  for (uint64_t i = 0; i < value.count; ++i) {
    uint64_t size = 0;
    const bool has_size = left - used >= sizeof size;
    if (has_size) std::memcpy(&size, start + used, sizeof size);
    if (!has_size || size > left - used - sizeof size) {
      return fail(Code::corrupt, "string ", i, " of ", value.count,
                  " does not fit in the rest of the file", kRepair);
    }
    used += sizeof size + size;
  }
  value.raw = reader_.take(used);
  return reader_.status();
}

// A name that occurs twice among the entries.
template <class Entry, class Name>
std::optional<std::string_view> find_duplicate(const std::vector<Entry>& entries, Name name) {
  std::vector<std::string_view> names;
  names.reserve(entries.size());
  for (const Entry& entry : entries) names.push_back(entry.*name);
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(names.begin(), names.end());
  if (twice == names.end()) return std::nullopt;
  return *twice;
}

Status PartReader::check_keys() const {
  const auto twice = find_duplicate(part_.metadata, &GgufValue::key);
  if (!twice) return {};
  return fail(Code::corrupt, quoted("metadata key", *twice), " occurs twice", kRepair);
}

Status PartReader::read_alignment() {
  part_.alignment = 32;
  const GgufValue* value = part_.find("general.alignment");
  if (value == nullptr) return {};
  HONE_TRY(part_.alignment, value->as_u64());
  if (!std::has_single_bit(part_.alignment) || part_.alignment < gguf_limits::kMinAlignment ||
      part_.alignment > gguf_limits::kMaxAlignment) {
    return fail(Code::corrupt, "general.alignment is ", part_.alignment,
                "; it must be a power of two from ", gguf_limits::kMinAlignment, " to ",
                gguf_limits::kMaxAlignment);
  }
  return {};
}

Status PartReader::read_tensors() {
  HONE_RETURN_IF_ERROR(check_count("tensors", tensor_count_, gguf_limits::kTensors,
                                   reader_.remaining(), kMinTensorBytes));
  part_.tensors.reserve(tensor_count_);
  offsets_.reserve(tensor_count_);
  for (uint64_t i = 0; i < tensor_count_; ++i) {
    HONE_TRY_CONTEXT(const GgufTensor tensor, read_tensor(), "tensor entry ", i);
    part_.tensors.push_back(tensor);
  }
  return check_names();
}

Expected<GgufTensor> PartReader::read_tensor() {
  GgufTensor tensor;
  HONE_TRY(tensor.name, read_text("a tensor name", gguf_limits::kNameBytes));
  if (tensor.name.empty()) return fail(Code::corrupt, "the name is empty", kRepair);
  if (Status status = read_dims(tensor); !status) {
    return std::unexpected(std::move(status).error().context(quoted("tensor", tensor.name)));
  }
  return tensor;
}

// The product of the dimensions, each of which must be at least 1.
Status check_elements(const GgufTensor& tensor) {
  int64_t elements = 1;
  for (const int64_t size : tensor.dims()) {
    if (size <= 0) {
      return fail(Code::corrupt, "a dimension is ", size, "; it must be at least 1", kRepair);
    }
    if (__builtin_mul_overflow(elements, size, &elements) || elements > gguf_limits::kElements) {
      return fail(Code::limit_exceeded, "it has more than ", gguf_limits::kElements, " elements",
                  kRepair);
    }
  }
  return {};
}

Status PartReader::read_dims(GgufTensor& tensor) {
  tensor.rank = reader_.u32();
  if (tensor.rank > gguf_limits::kDimensions) {
    return fail(Code::limit_exceeded, "it has ", tensor.rank, " dimensions; at most ",
                gguf_limits::kDimensions, " are supported");
  }
  for (uint32_t i = 0; i < tensor.rank; ++i) tensor.ne[i] = reader_.read<int64_t>();
  const uint32_t number = reader_.u32();
  offsets_.push_back(reader_.u64());
  HONE_RETURN_IF_ERROR(reader_.status());
  HONE_RETURN_IF_ERROR(check_elements(tensor));
  const std::optional<DType> dtype = gguf_dtype(number);
  if (!dtype) {
    return fail(Code::unsupported, "it has the unknown type ", number,
                "; it was removed from GGUF, or needs a newer hone");
  }
  tensor.dtype = *dtype;
  const int64_t block = info(*dtype).block_elements;
  if (tensor.ne[0] % block != 0) {
    return fail(Code::corrupt, "its rows of ", tensor.ne[0], " elements are not whole blocks of ",
                block, " (", name_of(*dtype), ')', kRepair);
  }
  return {};
}

Status PartReader::check_names() const {
  const auto twice = find_duplicate(part_.tensors, &GgufTensor::name);
  if (!twice) return {};
  return fail(Code::corrupt, quoted("tensor", *twice), " occurs twice", kRepair);
}

Status PartReader::place_tensors() {
  if (part_.tensors.empty()) return {};
  const uint64_t mask = part_.alignment - 1;
  const uint64_t data_start = (reader_.position() + mask) & ~mask;
  for (size_t i = 0; i < part_.tensors.size(); ++i) {
    if (Status status = place_tensor(i, data_start); !status) {
      const std::string road = quoted("tensor", part_.tensors[i].name);
      return std::unexpected(std::move(status).error().context(road));
    }
  }
  return check_overlap();
}

Status PartReader::place_tensor(size_t index, uint64_t data_start) {
  GgufTensor& tensor = part_.tensors[index];
  const uint64_t offset = offsets_[index];
  if (offset % part_.alignment != 0) {
    return fail(Code::corrupt, "its data at offset ", offset, " is not aligned to ",
                part_.alignment, " bytes", kRepair);
  }
  const auto size = static_cast<uint64_t>(row_bytes(tensor.dtype, tensor.ne[0]) * tensor.rows());
  const uint64_t room = data_start > bytes_.size() ? 0 : bytes_.size() - data_start;
  if (offset > room || size > room - offset) {
    return fail(Code::corrupt, "its ", size, " bytes at offset ", offset,
                " do not lie in the file, whose data has ", room,
                " bytes; the file is cut short or damaged", kRepair);
  }
  tensor.data = bytes_.subspan(data_start + offset, size);
  return {};
}

Status PartReader::check_overlap() const {
  std::vector<size_t> order(part_.tensors.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(),
            [&](size_t a, size_t b) { return offsets_[a] < offsets_[b]; });
  for (size_t i = 1; i < order.size(); ++i) {
    const GgufTensor& before = part_.tensors[order[i - 1]];
    const GgufTensor& after = part_.tensors[order[i]];
    if (offsets_[order[i]] - offsets_[order[i - 1]] < before.data.size()) {
      return fail(Code::corrupt, quoted("tensor", after.name), " overlaps ",
                  quoted("tensor", before.name), kRepair);
    }
  }
  return {};
}

}  // namespace

const GgufValue* GgufPart::find(std::string_view key) const {
  const auto found = std::find_if(metadata.begin(), metadata.end(),
                                  [&](const GgufValue& value) { return value.key == key; });
  return found == metadata.end() ? nullptr : &*found;
}

Expected<GgufPart> parse_gguf_part(Bytes bytes) { return PartReader(bytes).read(); }

}  // namespace hone
