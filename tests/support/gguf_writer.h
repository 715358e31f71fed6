// A small GGUF writer for tests: tiny models, hostile files, fuzzer seeds. It checks nothing, so
// that tests can write what a reader must refuse.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tensor/dtype.h"

namespace hone::test {

// Metadata value types as GGUF numbers them.
enum class GgufType : uint32_t {
  u8 = 0,
  i8,
  u16,
  i16,
  u32,
  i32,
  f32,
  boolean,
  string,
  array,
  u64,
  i64,
  f64,
};

// The number GGUF gives a tensor type; 0xffff for types that GGUF does not have.
uint32_t gguf_type_id(DType dtype);

// GgufWriter w;
// w.add("general.architecture", "llama").add("llama.block_count", uint32_t{2});
// w.add_array("tokenizer.ggml.scores", std::vector<float>{...});
// w.add_tensor("output.weight", DType::f32, {64, 256}, data);   // ne0 (the row) first
// write_file_atomic(path, w.bytes());
class GgufWriter {
 public:
  explicit GgufWriter(uint32_t version = 3) : version_(version) {}

  // Metadata, in the order added.
  GgufWriter& add(std::string_view key, uint8_t value);
  GgufWriter& add(std::string_view key, int8_t value);
  GgufWriter& add(std::string_view key, uint16_t value);
  GgufWriter& add(std::string_view key, int16_t value);
  GgufWriter& add(std::string_view key, uint32_t value);
  GgufWriter& add(std::string_view key, int32_t value);
  GgufWriter& add(std::string_view key, uint64_t value);
  GgufWriter& add(std::string_view key, int64_t value);
  GgufWriter& add(std::string_view key, float value);
  GgufWriter& add(std::string_view key, double value);
  GgufWriter& add(std::string_view key, bool value);
  GgufWriter& add(std::string_view key, std::string_view value);
  GgufWriter& add(std::string_view key, const char* value) {
    return add(key, std::string_view(value));
  }
  GgufWriter& add_array(std::string_view key, const std::vector<std::string>& values);
  GgufWriter& add_array(std::string_view key, const std::vector<float>& values);
  GgufWriter& add_array(std::string_view key, const std::vector<int32_t>& values);
  GgufWriter& add_array(std::string_view key, const std::vector<uint32_t>& values);
  GgufWriter& add_array(std::string_view key, const std::vector<uint8_t>& values);
  // Booleans are a byte each in GGUF.
  GgufWriter& add_array(std::string_view key, const std::vector<bool>& values);
  // Any type number and payload, as they come.
  GgufWriter& add_raw(std::string_view key, uint32_t type, std::string_view payload);

  // Where tensors are aligned; also written as general.alignment. 32 without this, and unwritten.
  GgufWriter& set_alignment(uint32_t alignment);

  // `dims` in GGUF order (ne0, the contiguous one, first); `data` in the tensor type's own
  // encoding.
  GgufWriter& add_tensor(std::string_view name, DType dtype, std::vector<uint64_t> dims,
                         std::string data);
  GgufWriter& add_tensor(std::string_view name, std::vector<uint64_t> dims,
                         const std::vector<float>& values);  // f32

  // What is written instead of the truth about the last added tensor.
  GgufWriter& override_type(uint32_t type);
  GgufWriter& override_offset(uint64_t offset);
  // What is written instead of the true counts.
  GgufWriter& override_tensor_count(uint64_t count);
  GgufWriter& override_metadata_count(uint64_t count);

  std::string bytes() const;
  // Where the metadata and the tensor table end and the padding before the data begins.
  size_t header_size() const { return header(tensors_, metadata_, metadata_count_).size(); }

  // The same model in `parts` files, tensors dealt out in order; all metadata is in the first.
  std::vector<std::string> split(size_t parts) const;
  // The name llama.cpp gives part `number` (from 1) of `parts`: prefix-00001-of-00003.gguf.
  static std::string split_name(std::string_view prefix, size_t number, size_t parts);

 private:
  struct Tensor {
    std::string name;
    uint32_t type = 0;
    std::vector<uint64_t> dims;
    std::string data;
    bool has_offset = false;
    uint64_t offset = 0;
  };

  std::string header(const std::vector<Tensor>& tensors, const std::string& metadata,
                     uint64_t metadata_count) const;
  std::string file(const std::vector<Tensor>& tensors, const std::string& metadata,
                   uint64_t metadata_count) const;

  uint32_t version_;
  uint64_t alignment_ = 32;
  std::string metadata_;
  uint64_t metadata_count_ = 0;
  std::vector<Tensor> tensors_;
  std::map<std::string, uint64_t> overrides_;
};

}  // namespace hone::test
