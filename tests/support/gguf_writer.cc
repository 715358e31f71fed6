#include "support/gguf_writer.h"

#include <cstdio>
#include <cstring>
#include <utility>

namespace hone::test {
namespace {

struct TypeId {
  DType dtype;
  uint32_t id;
};

// enum ggml_type of ggml.h, August 2026.
constexpr TypeId kTypeIds[] = {
    {DType::f32, 0},      {DType::f16, 1},     {DType::q4_0, 2},     {DType::q4_1, 3},
    {DType::q5_0, 6},     {DType::q5_1, 7},    {DType::q8_0, 8},     {DType::q8_1, 9},
    {DType::q2_k, 10},    {DType::q3_k, 11},   {DType::q4_k, 12},    {DType::q5_k, 13},
    {DType::q6_k, 14},    {DType::q8_k, 15},   {DType::iq2_xxs, 16}, {DType::iq2_xs, 17},
    {DType::iq3_xxs, 18}, {DType::iq1_s, 19},  {DType::iq4_nl, 20},  {DType::iq3_s, 21},
    {DType::iq2_s, 22},   {DType::iq4_xs, 23}, {DType::i8, 24},      {DType::i16, 25},
    {DType::i32, 26},     {DType::i64, 27},    {DType::f64, 28},     {DType::iq1_m, 29},
    {DType::bf16, 30},    {DType::tq1_0, 34},  {DType::tq2_0, 35},   {DType::mxfp4, 39},
    {DType::nvfp4, 40},   {DType::q1_0, 41},   {DType::q2_0, 42},
};

template <class T>
void put(std::string& out, T value) {
  char raw[sizeof(T)];
  std::memcpy(raw, &value, sizeof(T));
  out.append(raw, sizeof(T));
}

void put_text(std::string& out, std::string_view text) {
  put<uint64_t>(out, text.size());
  out += text;
}

template <class T>
std::string raw(T value) {
  std::string out;
  put(out, value);
  return out;
}

template <class T>
std::string array_payload(GgufType element, const std::vector<T>& values) {
  std::string out;
  put(out, static_cast<uint32_t>(element));
  put<uint64_t>(out, values.size());
  for (const T value : values) put(out, value);
  return out;
}

size_t aligned(size_t size, uint64_t alignment) {
  return alignment == 0 ? size : (size + alignment - 1) / alignment * alignment;
}

}  // namespace

uint32_t gguf_type_id(DType dtype) {
  for (const TypeId& type : kTypeIds) {
    if (type.dtype == dtype) return type.id;
  }
  return 0xffff;
}

GgufWriter& GgufWriter::add_raw(std::string_view key, uint32_t type, std::string_view payload) {
  put_text(metadata_, key);
  put(metadata_, type);
  metadata_ += payload;
  ++metadata_count_;
  return *this;
}

#define HONE_GGUF_ADD(cpp_type, gguf_type)                                       \
  GgufWriter& GgufWriter::add(std::string_view key, cpp_type value) {            \
    return add_raw(key, static_cast<uint32_t>(GgufType::gguf_type), raw(value)); \
  }
HONE_GGUF_ADD(uint8_t, u8)
HONE_GGUF_ADD(int8_t, i8)
HONE_GGUF_ADD(uint16_t, u16)
HONE_GGUF_ADD(int16_t, i16)
HONE_GGUF_ADD(uint32_t, u32)
HONE_GGUF_ADD(int32_t, i32)
HONE_GGUF_ADD(uint64_t, u64)
HONE_GGUF_ADD(int64_t, i64)
HONE_GGUF_ADD(float, f32)
HONE_GGUF_ADD(double, f64)
HONE_GGUF_ADD(bool, boolean)
#undef HONE_GGUF_ADD

GgufWriter& GgufWriter::add(std::string_view key, std::string_view value) {
  std::string payload;
  put_text(payload, value);
  return add_raw(key, static_cast<uint32_t>(GgufType::string), payload);
}

#define HONE_GGUF_ADD_ARRAY(cpp_type, gguf_type)                                                 \
  GgufWriter& GgufWriter::add_array(std::string_view key, const std::vector<cpp_type>& values) { \
    return add_raw(key, static_cast<uint32_t>(GgufType::array),                                  \
                   array_payload(GgufType::gguf_type, values));                                  \
  }
HONE_GGUF_ADD_ARRAY(float, f32)
HONE_GGUF_ADD_ARRAY(int32_t, i32)
HONE_GGUF_ADD_ARRAY(uint32_t, u32)
HONE_GGUF_ADD_ARRAY(uint8_t, u8)
HONE_GGUF_ADD_ARRAY(bool, boolean)
#undef HONE_GGUF_ADD_ARRAY

GgufWriter& GgufWriter::add_array(std::string_view key, const std::vector<std::string>& values) {
  std::string payload;
  put(payload, static_cast<uint32_t>(GgufType::string));
  put<uint64_t>(payload, values.size());
  for (const std::string& value : values) put_text(payload, value);
  return add_raw(key, static_cast<uint32_t>(GgufType::array), payload);
}

GgufWriter& GgufWriter::set_alignment(uint32_t alignment) {
  alignment_ = alignment;
  return add("general.alignment", alignment);
}

GgufWriter& GgufWriter::add_tensor(std::string_view name, DType dtype, std::vector<uint64_t> dims,
                                   std::string data) {
  tensors_.push_back(
      {std::string(name), gguf_type_id(dtype), std::move(dims), std::move(data), false, 0});
  return *this;
}

GgufWriter& GgufWriter::add_tensor(std::string_view name, std::vector<uint64_t> dims,
                                   const std::vector<float>& values) {
  const auto* raw_values = reinterpret_cast<const char*>(values.data());
  return add_tensor(name, DType::f32, std::move(dims),
                    std::string(raw_values, values.size() * sizeof(float)));
}

GgufWriter& GgufWriter::override_type(uint32_t type) {
  tensors_.back().type = type;
  return *this;
}

GgufWriter& GgufWriter::override_offset(uint64_t offset) {
  tensors_.back().has_offset = true;
  tensors_.back().offset = offset;
  return *this;
}

GgufWriter& GgufWriter::override_tensor_count(uint64_t count) {
  overrides_["tensors"] = count;
  return *this;
}

GgufWriter& GgufWriter::override_metadata_count(uint64_t count) {
  overrides_["metadata"] = count;
  return *this;
}

std::string GgufWriter::header(const std::vector<Tensor>& tensors, const std::string& metadata,
                               uint64_t metadata_count) const {
  const auto count = [&](const char* what, uint64_t real) {
    const auto found = overrides_.find(what);
    return found == overrides_.end() ? real : found->second;
  };
  std::string out = "GGUF";
  put(out, version_);
  put(out, count("tensors", tensors.size()));
  put(out, count("metadata", metadata_count));
  out += metadata;
  uint64_t offset = 0;
  for (const Tensor& tensor : tensors) {
    put_text(out, tensor.name);
    put(out, static_cast<uint32_t>(tensor.dims.size()));
    for (const uint64_t dim : tensor.dims) put(out, dim);
    put(out, tensor.type);
    put(out, tensor.has_offset ? tensor.offset : offset);
    offset += aligned(tensor.data.size(), alignment_);
  }
  return out;
}

std::string GgufWriter::file(const std::vector<Tensor>& tensors, const std::string& metadata,
                             uint64_t metadata_count) const {
  std::string out = header(tensors, metadata, metadata_count);
  out.resize(aligned(out.size(), alignment_));
  for (const Tensor& tensor : tensors) {
    out += tensor.data;
    out.resize(aligned(out.size(), alignment_));
  }
  return out;
}

std::string GgufWriter::bytes() const { return file(tensors_, metadata_, metadata_count_); }

std::vector<std::string> GgufWriter::split(size_t parts) const {
  std::vector<std::string> files;
  for (size_t part = 0; part < parts; ++part) {
    GgufWriter extra;
    extra.add("split.no", static_cast<uint16_t>(part));
    extra.add("split.count", static_cast<uint16_t>(parts));
    extra.add("split.tensors.count", static_cast<int32_t>(tensors_.size()));
    std::string metadata = extra.metadata_;
    uint64_t count = extra.metadata_count_;
    if (part == 0) {
      metadata = metadata_ + metadata;
      count += metadata_count_;
    } else if (alignment_ != 32) {
      GgufWriter same;
      same.set_alignment(static_cast<uint32_t>(alignment_));
      metadata += same.metadata_;
      count += same.metadata_count_;
    }
    const auto begin = tensors_.begin() + static_cast<ptrdiff_t>(tensors_.size() * part / parts);
    const auto end =
        tensors_.begin() + static_cast<ptrdiff_t>(tensors_.size() * (part + 1) / parts);
    files.push_back(file({begin, end}, metadata, count));
  }
  return files;
}

std::string GgufWriter::split_name(std::string_view prefix, size_t number, size_t parts) {
  char suffix[64];
  std::snprintf(suffix, sizeof suffix, "-%05zu-of-%05zu.gguf", number, parts);
  return std::string(prefix) + suffix;
}

}  // namespace hone::test
