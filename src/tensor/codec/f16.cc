#include "tensor/codec/block.h"

namespace hone::codec {

void decode_f16(const std::byte* blocks, int64_t elements, float* out) {
  decode_numbers<uint16_t>(blocks, elements, out, f16_to_f32);
}

}  // namespace hone::codec
