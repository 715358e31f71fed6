#include <array>

#include "api/handles.h"

namespace hone::api {
namespace {

// By hone_dtype, from 1.
constexpr std::array kDTypes = {DType::f32, DType::f16, DType::bf16,   DType::f64, DType::i8,
                                DType::u8,  DType::i16, DType::u16,    DType::i32, DType::u32,
                                DType::i64, DType::u64, DType::boolean};
static_assert(kDTypes[HONE_F32 - 1] == DType::f32);
static_assert(kDTypes[HONE_I8 - 1] == DType::i8);
static_assert(kDTypes[HONE_I32 - 1] == DType::i32);
static_assert(kDTypes[HONE_BOOL - 1] == DType::boolean && kDTypes.size() == HONE_BOOL);

}  // namespace

hone_dtype to_dtype(DType dtype) {
  const auto found = std::ranges::find(kDTypes, dtype);
  return found == kDTypes.end() ? HONE_DTYPE_OTHER
                                : static_cast<hone_dtype>(found - kDTypes.begin()) + 1;
}

std::optional<DType> from_dtype(hone_dtype dtype) {
  if (dtype < 1 || static_cast<size_t>(dtype) > kDTypes.size()) return std::nullopt;
  return kDTypes[static_cast<size_t>(dtype) - 1];
}

}  // namespace hone::api

const char* hone_dtype_name(hone_dtype dtype) {
  if (dtype == HONE_BOOL) return "bool";
  const auto known = hone::api::from_dtype(dtype);
  return known ? hone::name_of(*known).data() : "other";  // of a literal
}

size_t hone_dtype_size(hone_dtype dtype) {
  const auto known = hone::api::from_dtype(dtype);
  return known ? static_cast<size_t>(hone::info(*known).block_bytes) : 0;
}
