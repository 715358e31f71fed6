#include "tensor/codec/block.h"

namespace hone::codec {

void decode_f32(const std::byte* blocks, int64_t elements, float* out) {
  std::memcpy(out, blocks, static_cast<size_t>(elements) * sizeof(float));
}

}  // namespace hone::codec
