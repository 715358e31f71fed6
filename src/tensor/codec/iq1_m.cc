// 1.75 bits: groups of eight on a grid of 2048 points, a 3-bit scale for 16 elements.
#include "tensor/codec/iq1_grid.h"

namespace hone::codec {
namespace {

uint16_t super_scale(const uint16_t* scales) {
  return static_cast<uint16_t>(scales[0] >> 12 | (scales[1] >> 12) << 4 | (scales[2] >> 12) << 8 |
                               (scales[3] >> 12) << 12);
}

struct Block {
  uint8_t qs[32];      // low eight bits of the grid number
  uint8_t qh[16];      // a nibble a group: high three bits of the grid number, then the shift
  uint16_t scales[4];  // four 3-bit scales; the top nibbles together are the f16 scale of scales
};
static_assert(sizeof(Block) == 56);

void decode_block(const Block& block, float* y) {
  const float d = f16_to_f32(super_scale(block.scales));
  for (int g = 0; g < 32; ++g) {
    const int nibble = block.qh[g / 2] >> g % 2 * 4;
    const int sub = block.scales[g / 8] >> g % 8 / 2 * 3 & 7;
    const float scale = d * static_cast<float>(2 * sub + 1);
    iq1_group(scale, block.qs[g] | (nibble & 7) << 8, nibble & 8, y + g * 8);
  }
}

}  // namespace

void decode_iq1_m(const std::byte* blocks, int64_t elements, float* out) {
  decode_blocks<Block, 256>(blocks, elements, out, decode_block);
}

}  // namespace hone::codec
