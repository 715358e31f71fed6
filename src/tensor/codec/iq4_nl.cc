// 4 bits through a table of levels: x = d * level[q].
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
    y[j] = d * static_cast<float>(kIq4Levels[block.qs[j] & 15]);
    y[j + 16] = d * static_cast<float>(kIq4Levels[block.qs[j] >> 4]);
  }
}

}  // namespace

void decode_iq4_nl(const std::byte* blocks, int64_t elements, float* out) {
  decode_blocks<Block, 32>(blocks, elements, out, decode_block);
}

}  // namespace hone::codec
