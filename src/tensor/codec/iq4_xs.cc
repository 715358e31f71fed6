// 4 bits through a table of levels, 6-bit scales a 32: x = d * (sc - 32) * level[q].
#include "tensor/codec/block.h"

namespace hone::codec {
namespace {

struct Block {
  uint16_t d;           // f16 scale of scales
  uint16_t scales_h;    // two high bits of eight scales
  uint8_t scales_l[4];  // four low bits of eight scales
  uint8_t qs[128];      // 16 bytes a sub-block: low nibbles its elements 0..15, high 16..31
};
static_assert(sizeof(Block) == 136);

void decode_block(const Block& block, float* y) {
  const float d = f16_to_f32(block.d);
  for (int b = 0; b < 8; ++b) {
    const int low = block.scales_l[b / 2] >> b % 2 * 4 & 15;
    const int scale = low | (block.scales_h >> 2 * b & 3) << 4;
    const float dl = d * static_cast<float>(scale - 32);
    for (int j = 0; j < 16; ++j) {
      const uint8_t q = block.qs[b * 16 + j];
      y[b * 32 + j] = dl * static_cast<float>(kIq4Levels[q & 15]);
      y[b * 32 + j + 16] = dl * static_cast<float>(kIq4Levels[q >> 4]);
    }
  }
}

}  // namespace

void decode_iq4_xs(const std::byte* blocks, int64_t elements, float* out) {
  decode_blocks<Block, 256>(blocks, elements, out, decode_block);
}

}  // namespace hone::codec
