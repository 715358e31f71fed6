// 4 bits, scale and minimum a block: x = d * q + m.
#include "tensor/codec/block.h"

namespace hone::codec {
namespace {

struct Block {
  uint16_t d;      // f16 scale
  uint16_t m;      // f16 minimum
  uint8_t qs[16];  // low nibbles are elements 0..15, high nibbles 16..31
};
static_assert(sizeof(Block) == 20);

void decode_block(const Block& block, float* y) {
  const float d = f16_to_f32(block.d);
  const float m = f16_to_f32(block.m);
  for (int j = 0; j < 16; ++j) {
    y[j] = static_cast<float>(block.qs[j] & 15) * d + m;
    y[j + 16] = static_cast<float>(block.qs[j] >> 4) * d + m;
  }
}

}  // namespace

void decode_q4_1(const std::byte* blocks, int64_t elements, float* out) {
  decode_blocks<Block, 32>(blocks, elements, out, decode_block);
}

}  // namespace hone::codec
