// The GGUF format's numbers, and the limits hone puts on what a file may claim.
// Source: gguf.h, gguf.cpp and ggml.h of ggml (August 2026), docs/gguf.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "tensor/dtype.h"

namespace hone {

// Types of metadata values; the numbers are the file's.
enum class GgufType : uint32_t {
  u8 = 0,
  i8 = 1,
  u16 = 2,
  i16 = 3,
  u32 = 4,
  i32 = 5,
  f32 = 6,
  boolean = 7,
  string = 8,
  array = 9,
  u64 = 10,
  i64 = 11,
  f64 = 12,
};

std::string_view name_of(GgufType type);
// The bytes of one value; 0 for strings and arrays.
size_t value_bytes(GgufType type);
// Nothing if the number stands for no type.
std::optional<GgufType> gguf_type(uint32_t number);
// The tensor type with ggml's number (enum ggml_type); nothing if there is none.
std::optional<DType> gguf_dtype(uint32_t number);

namespace gguf_limits {
inline constexpr uint64_t kMetadata = 1 << 16;       // entries a file
inline constexpr uint64_t kTensors = 1 << 17;        // a file; the largest known models: 2000
inline constexpr uint64_t kKeyBytes = 65535;         // the format's own limit
inline constexpr uint64_t kNameBytes = 255;          // of a tensor; ggml: 63
inline constexpr uint64_t kStringBytes = 64 << 20;   // the largest known are chat templates, 50 kB
inline constexpr uint64_t kArrayElements = 1 << 24;  // the largest known vocabularies: 262144
inline constexpr uint64_t kDimensions = 4;           // ggml's GGML_MAX_DIMS
inline constexpr int64_t kElements = int64_t{1} << 48;
inline constexpr uint64_t kMinAlignment = 8;  // the format's own limit
inline constexpr uint64_t kMaxAlignment = 1 << 20;
inline constexpr uint64_t kFiles = 4096;  // of a split model
}  // namespace gguf_limits

}  // namespace hone
