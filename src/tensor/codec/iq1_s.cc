// 1.56 bits: groups of eight on a grid of 2048 points, a 3-bit scale for 32 elements.
#include "tensor/codec/iq1_grid.h"

namespace hone::codec {
namespace {

struct Block {
  uint16_t d;      // f16 scale
  uint8_t qs[32];  // low eight bits of the grid number
  uint16_t qh[8];  // for 32 elements: high three bits of four grid numbers, the scale, the shift
};
static_assert(sizeof(Block) == 50);

void decode_block(const Block& block, float* y) {
  const float d = f16_to_f32(block.d);
  for (int b = 0; b < 8; ++b) {
    const int high = block.qh[b];
    const float scale = d * static_cast<float>(2 * (high >> 12 & 7) + 1);
    for (int l = 0; l < 4; ++l) {
      const int point = block.qs[b * 4 + l] | (high >> 3 * l & 7) << 8;
      iq1_group(scale, point, high & 0x8000, y + b * 32 + l * 8);
    }
  }
}

}  // namespace

void decode_iq1_s(const std::byte* blocks, int64_t elements, float* out) {
  decode_blocks<Block, 256>(blocks, elements, out, decode_block);
}

}  // namespace hone::codec
