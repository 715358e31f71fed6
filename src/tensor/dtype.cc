#include "tensor/dtype.h"

#include <array>

namespace hone {
namespace {

constexpr std::array kTypes = {
#define X(name, block_elements, block_bytes) \
  DTypeInfo{DType::name, #name, block_elements, block_bytes},
#include "tensor/dtypes.inc"
#undef X
};

}  // namespace

const DTypeInfo& info(DType dtype) { return kTypes[static_cast<size_t>(dtype)]; }

std::span<const DTypeInfo> all_dtypes() { return kTypes; }

std::optional<DType> find_dtype(std::string_view name) {
  for (const DTypeInfo& type : kTypes) {
    if (type.name == name) return type.dtype;
  }
  return std::nullopt;
}

}  // namespace hone
