#include "frontend/gguf/reader.h"

#include <algorithm>
#include <cstdio>
#include <numeric>
#include <utility>

namespace hone {
namespace {

// The keys that llama.cpp's gguf-split writes into each part.
constexpr std::string_view kSplitNumber = "split.no";
constexpr std::string_view kSplitCount = "split.count";
constexpr std::string_view kSplitTensors = "split.tensors.count";

std::string base_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

// "-00002-of-00003.gguf"
std::string split_suffix(uint64_t number, uint64_t count) {
  char suffix[64];
  std::snprintf(suffix, sizeof suffix, "-%05llu-of-%05llu.gguf",
                static_cast<unsigned long long>(number), static_cast<unsigned long long>(count));
  return suffix;
}

template <class Entry, class Name>
std::vector<uint32_t> sorted_by_name(const std::vector<Entry>& entries, Name name) {
  std::vector<uint32_t> order(entries.size());
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(),
            [&](uint32_t a, uint32_t b) { return entries[a].*name < entries[b].*name; });
  return order;
}

template <class Entry, class Name>
const Entry* find_by_name(const std::vector<Entry>& entries, const std::vector<uint32_t>& order,
                          Name name, std::string_view wanted) {
  const auto found = std::lower_bound(
      order.begin(), order.end(), wanted,
      [&](uint32_t index, std::string_view w) { return entries[index].*name < w; });
  if (found == order.end() || entries[*found].*name != wanted) return nullptr;
  return &entries[*found];
}

// A number of the part's own split.* metadata.
Expected<uint64_t> split_number(const GgufPart& part, std::string_view key, uint64_t fallback) {
  const GgufValue* value = part.find(key);
  return value == nullptr ? fallback : value->as_u64();
}

// Part `number` (from 0) of `count` says so itself.
Status check_split(const GgufPart& part, uint64_t number, uint64_t count) {
  HONE_TRY(const uint64_t own_number, split_number(part, kSplitNumber, 0));
  HONE_TRY(const uint64_t own_count, split_number(part, kSplitCount, 1));
  if (own_number == number && own_count == count) return {};
  return fail(Code::corrupt, "the file says that it is part ", own_number + 1, " of ", own_count,
              ", not part ", number + 1, " of ", count, "; fetch the parts of one model together");
}

Expected<GgufPart> parse_named(Bytes bytes, const std::string& name) {
  HONE_TRY_CONTEXT(GgufPart part, parse_gguf_part(bytes), name);
  return part;
}

}  // namespace

Expected<GgufFile> GgufFile::parse(Bytes bytes, const std::string& name) {
  GgufFile file;
  file.name_ = name;
  HONE_TRY(GgufPart part, parse_named(bytes, name));
  HONE_RETURN_IF_ERROR(file.add_part(bytes, std::move(part)));
  HONE_RETURN_IF_ERROR(file.finish());
  HONE_TRY(const uint64_t count, file.find_u64(kSplitCount, 1));
  if (count <= 1) return file;
  const std::string message =
      cat("this is one of ", count, " parts of a model; open the first part by its path");
  return std::unexpected(Error{Code::unsupported, message, name});
}

Expected<GgufFile> GgufFile::open(const std::string& path) {
  GgufFile file;
  file.name_ = path;
  HONE_TRY(MappedFile mapped, MappedFile::open(path));
  file.files_.push_back(std::move(mapped));
  const Bytes bytes = file.files_[0].bytes();
  HONE_TRY(GgufPart part, parse_named(bytes, path));
  HONE_RETURN_IF_ERROR(file.add_part(bytes, std::move(part)));
  if (Status status = file.open_rest(path); !status) {
    return std::unexpected(std::move(status).error().context(path));
  }
  HONE_RETURN_IF_ERROR(file.finish());
  return file;
}

Status GgufFile::add_part(Bytes bytes, GgufPart part) {
  const auto index = static_cast<uint32_t>(sizes_.size());
  sizes_.push_back(bytes.size());
  if (index == 0) {
    bytes_ = bytes;
    version_ = part.version;
    alignment_ = part.alignment;
    metadata_ = std::move(part.metadata);
    by_key_ = sorted_by_name(metadata_, &GgufValue::key);
  }
  if (tensors_.size() + part.tensors.size() > gguf_limits::kTensors) {
    return fail(Code::limit_exceeded, "the model has more than ", gguf_limits::kTensors,
                " tensors");
  }
  for (GgufTensor& tensor : part.tensors) {
    tensor.file = index;
    tensors_.push_back(tensor);
  }
  return {};
}

Bytes GgufFile::head() const {
  size_t head = bytes_.size();
  for (const GgufTensor& tensor : tensors_) {
    if (tensor.file != 0) continue;
    head = std::min(head, static_cast<size_t>(tensor.data.data() - bytes_.data()));
  }
  return bytes_.first(head);
}

Status GgufFile::open_rest(const std::string& path) {
  HONE_TRY(const uint64_t count, find_u64(kSplitCount, 1));
  HONE_TRY(const uint64_t number, find_u64(kSplitNumber, 0));
  if (count <= 1) return {};
  if (count > gguf_limits::kFiles) {
    return fail(Code::limit_exceeded, "the model is split into ", count, " files; at most ",
                gguf_limits::kFiles, " are read");
  }
  const std::string suffix = split_suffix(number + 1, count);
  if (!path.ends_with(suffix)) {
    return fail(Code::invalid_argument, "this is part ", number + 1, " of ", count,
                " of a model, so its name must end in '", suffix,
                "' for the other parts to be found");
  }
  const std::string prefix = path.substr(0, path.size() - suffix.size());
  if (number != 0) {
    return fail(Code::invalid_argument, "this is part ", number + 1, " of ", count,
                " of a model; open the first part, ", base_name(prefix) + split_suffix(1, count));
  }
  for (uint64_t i = 1; i < count; ++i) {
    const std::string part_path = prefix + split_suffix(i + 1, count);
    HONE_TRY(MappedFile mapped, MappedFile::open(part_path));
    const Bytes bytes = mapped.bytes();
    files_.push_back(std::move(mapped));
    HONE_TRY(GgufPart part, parse_named(bytes, part_path));
    if (Status status = check_split(part, i, count); !status) {
      return std::unexpected(std::move(status).error().context(part_path));
    }
    HONE_RETURN_IF_ERROR(add_part(bytes, std::move(part)));
  }
  HONE_TRY(const uint64_t tensors, find_u64(kSplitTensors, tensors_.size()));
  if (tensors != tensors_.size()) {
    return fail(Code::corrupt, "the model has ", tensors_.size(), " tensors in its ", count,
                " files but promises ", tensors, "; fetch the parts of one model together");
  }
  return {};
}

Status GgufFile::finish() {
  by_tensor_name_ = sorted_by_name(tensors_, &GgufTensor::name);
  for (size_t i = 1; i < by_tensor_name_.size(); ++i) {
    const GgufTensor& before = tensors_[by_tensor_name_[i - 1]];
    const GgufTensor& after = tensors_[by_tensor_name_[i]];
    if (before.name == after.name) {
      return fail(Code::corrupt, "tensor '", printable(after.name, 80), "' is in parts ",
                  before.file + 1, " and ", after.file + 1, " of the model");
    }
  }
  return {};
}

uint64_t GgufFile::file_bytes() const {
  return std::accumulate(sizes_.begin(), sizes_.end(), uint64_t{0});
}

const GgufValue* GgufFile::find(std::string_view key) const {
  return find_by_name(metadata_, by_key_, &GgufValue::key, key);
}

const GgufTensor* GgufFile::find_tensor(std::string_view name) const {
  return find_by_name(tensors_, by_tensor_name_, &GgufTensor::name, name);
}

std::unexpected<Error> GgufFile::absent(std::string_view kind, std::string_view name) const {
  const std::string message = cat("the model has no ", kind, " '", name,
                                  "'; it is incomplete, or of a variant that is not supported");
  return std::unexpected(Error{Code::corrupt, message, name_});
}

Expected<const GgufTensor*> GgufFile::require_tensor(std::string_view name) const {
  const GgufTensor* tensor = find_tensor(name);
  if (tensor == nullptr) return absent("tensor", name);
  return tensor;
}

void GgufFile::drop_pages(Bytes data) const {
  for (const MappedFile& file : files_) {
    if (file.holds(data)) file.drop_pages(data);
  }
}

template <class T>
Expected<T> GgufFile::required(std::string_view key,
                               Expected<T> (GgufValue::*convert)() const) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return absent("metadata", key);
  HONE_TRY_CONTEXT(T converted, (value->*convert)(), name_);
  return converted;
}

template <class T>
Expected<T> GgufFile::optional(std::string_view key, T fallback,
                               Expected<T> (GgufValue::*convert)() const) const {
  if (find(key) == nullptr) return fallback;
  return required(key, convert);
}

Expected<uint64_t> GgufFile::find_u64(std::string_view key) const {
  return required(key, &GgufValue::as_u64);
}
Expected<uint64_t> GgufFile::find_u64(std::string_view key, uint64_t fallback) const {
  return optional(key, fallback, &GgufValue::as_u64);
}
Expected<int64_t> GgufFile::find_i64(std::string_view key) const {
  return required(key, &GgufValue::as_i64);
}
Expected<int64_t> GgufFile::find_i64(std::string_view key, int64_t fallback) const {
  return optional(key, fallback, &GgufValue::as_i64);
}
Expected<float> GgufFile::find_f32(std::string_view key) const {
  return required(key, &GgufValue::as_f32);
}
Expected<float> GgufFile::find_f32(std::string_view key, float fallback) const {
  return optional(key, fallback, &GgufValue::as_f32);
}
Expected<bool> GgufFile::find_bool(std::string_view key) const {
  return required(key, &GgufValue::as_bool);
}
Expected<bool> GgufFile::find_bool(std::string_view key, bool fallback) const {
  return optional(key, fallback, &GgufValue::as_bool);
}
Expected<std::string_view> GgufFile::find_string(std::string_view key) const {
  return required(key, &GgufValue::as_string);
}
Expected<std::string_view> GgufFile::find_string(std::string_view key,
                                                 std::string_view fallback) const {
  return optional(key, fallback, &GgufValue::as_string);
}
Expected<std::vector<std::string_view>> GgufFile::find_strings(std::string_view key) const {
  return optional(key, {}, &GgufValue::as_strings);
}
Expected<PackedView<float>> GgufFile::find_f32_array(std::string_view key) const {
  return optional(key, {}, &GgufValue::as_f32_array);
}
Expected<PackedView<int32_t>> GgufFile::find_i32_array(std::string_view key) const {
  return optional(key, {}, &GgufValue::as_i32_array);
}
Expected<std::vector<int64_t>> GgufFile::find_i64_list(std::string_view key) const {
  return optional(key, {}, &GgufValue::as_i64_list);
}

}  // namespace hone
