// Element types: plain numbers, and block-quantized types that store a run of elements together.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace hone {

enum class DType : uint8_t {
#define X(name, block_elements, block_bytes) name,
#include "tensor/dtypes.inc"
#undef X
};

struct DTypeInfo {
  DType dtype;
  std::string_view name;
  int64_t block_elements;  // 1 for plain numbers
  int64_t block_bytes;
};

const DTypeInfo& info(DType dtype);
std::span<const DTypeInfo> all_dtypes();
std::optional<DType> find_dtype(std::string_view name);

inline std::string_view name_of(DType dtype) { return info(dtype).name; }
inline bool is_block_quantized(DType dtype) { return info(dtype).block_elements > 1; }

// Bytes of a row of `elements`, which must be a multiple of the block.
inline int64_t row_bytes(DType dtype, int64_t elements) {
  const DTypeInfo& type = info(dtype);
  return elements / type.block_elements * type.block_bytes;
}

}  // namespace hone
