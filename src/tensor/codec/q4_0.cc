// 4 bits, one scale a block: x = d * (q - 8).
#include "tensor/codec/block.h"

namespace hone::codec {
namespace {

struct Block {
  uint16_t d;      // f16 scale
  uint8_t qs[16];  // low nibbles are elements 0..15, high nibbles 16..31
};
static_assert(sizeof(Block) == 18);

void decode_block(const Block& block, float* y) {
  const float d = f16_to_f32(block.d);
  for (int j = 0; j < 16; ++j) {
    y[j] = static_cast<float>((block.qs[j] & 15) - 8) * d;
    y[j + 16] = static_cast<float>((block.qs[j] >> 4) - 8) * d;
  }
}

}  // namespace

void decode_q4_0(const std::byte* blocks, int64_t elements, float* out) {
  decode_blocks<Block, 32>(blocks, elements, out, decode_block);
}

}  // namespace hone::codec
