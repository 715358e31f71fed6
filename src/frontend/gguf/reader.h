// The GGUF reader: opens a model, in one file or split, without copying anything.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "base/file.h"
#include "frontend/gguf/part.h"
#include "frontend/gguf/value.h"

namespace hone {

// A model's metadata and tensors as views into its mapped files. Move only; views live as long as
// this, or as the moved-to one. Read-only and safe to share between threads.
class GgufFile {
 public:
  // Opens a GGUF of version 2 or 3. The first part of a split model (name-00001-of-00003.gguf)
  // opens all of them; the model's metadata is then the first part's. Only headers are read.
  static Expected<GgufFile> open(const std::string& path);
  // A model in memory, which must outlive this; `name` is for error messages.
  static Expected<GgufFile> parse(Bytes bytes, const std::string& name);

  const std::string& name() const { return name_; }  // path of the (first) file
  uint32_t version() const { return version_; }
  uint64_t alignment() const { return alignment_; }
  size_t file_count() const { return sizes_.size(); }
  uint64_t file_bytes() const;  // of all files together
  // Of the (first) file: all of it, and what lies before its tensors' data.
  Bytes bytes() const { return bytes_; }
  Bytes head() const;

  // In file order.
  std::span<const GgufValue> metadata() const { return metadata_; }
  std::span<const GgufTensor> tensors() const { return tensors_; }
  // Null if there is none.
  const GgufValue* find(std::string_view key) const;
  const GgufTensor* find_tensor(std::string_view name) const;
  // An error if there is none.
  Expected<const GgufTensor*> require_tensor(std::string_view name) const;

  // Typed metadata. Without `fallback` an absent key is an error; a value of the wrong type or
  // range always is.
  Expected<uint64_t> find_u64(std::string_view key) const;
  Expected<uint64_t> find_u64(std::string_view key, uint64_t fallback) const;
  Expected<int64_t> find_i64(std::string_view key) const;
  Expected<int64_t> find_i64(std::string_view key, int64_t fallback) const;
  Expected<float> find_f32(std::string_view key) const;
  Expected<float> find_f32(std::string_view key, float fallback) const;
  Expected<bool> find_bool(std::string_view key) const;
  Expected<bool> find_bool(std::string_view key, bool fallback) const;
  Expected<std::string_view> find_string(std::string_view key) const;
  Expected<std::string_view> find_string(std::string_view key, std::string_view fallback) const;
  // Arrays; an absent key is an empty array.
  Expected<std::vector<std::string_view>> find_strings(std::string_view key) const;
  Expected<PackedView<float>> find_f32_array(std::string_view key) const;
  Expected<PackedView<int32_t>> find_i32_array(std::string_view key) const;
  Expected<std::vector<int64_t>> find_i64_list(std::string_view key) const;

  // Lets the pages of a tensor's bytes leave this process's memory; reading them again costs page
  // faults. Bytes of no tensor stay.
  void drop_pages(Bytes data) const;

 private:
  GgufFile() = default;
  Status add_part(Bytes bytes, GgufPart part);
  Status open_rest(const std::string& path);
  Status finish();
  std::unexpected<Error> absent(std::string_view kind, std::string_view name) const;

  template <class T>
  Expected<T> required(std::string_view key, Expected<T> (GgufValue::*convert)() const) const;
  template <class T>
  Expected<T> optional(std::string_view key, T fallback,
                       Expected<T> (GgufValue::*convert)() const) const;

  std::string name_;
  uint32_t version_ = 0;
  uint64_t alignment_ = 0;
  std::vector<MappedFile> files_;  // empty if parsed from memory
  Bytes bytes_;                    // of the first
  std::vector<uint64_t> sizes_;    // of the files, in bytes
  std::vector<GgufValue> metadata_;
  std::vector<GgufTensor> tensors_;
  std::vector<uint32_t> by_key_;          // indices into metadata_, in the order of keys
  std::vector<uint32_t> by_tensor_name_;  // indices into tensors_, in the order of names
};

}  // namespace hone
