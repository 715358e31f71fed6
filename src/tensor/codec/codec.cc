#include "tensor/codec/codec.h"

#include <array>

#define HONE_FILE_DTYPES_ONLY

namespace hone {
namespace codec {

#define X(name, block_elements, block_bytes) \
  void decode_##name(const std::byte* blocks, int64_t elements, float* out);
#include "tensor/dtypes.inc"
#undef X

}  // namespace codec

namespace {

constexpr std::array kCodecs = {
#define X(name, block_elements, block_bytes) Codec{DType::name, codec::decode_##name},
#include "tensor/dtypes.inc"
#undef X
};

}  // namespace

const Codec* find_codec(DType dtype) {
  const auto index = static_cast<size_t>(dtype);
  return index < kCodecs.size() ? &kCodecs[index] : nullptr;
}

}  // namespace hone
