// 2 bits, 16 sub-blocks of 16, 4-bit scales and minimums: x = d * sc * q - dmin * m.
#include "tensor/codec/block.h"

namespace hone::codec {
namespace {

struct Block {
  uint8_t scales[16];  // low nibble scale, high nibble minimum of a sub-block
  uint8_t qs[64];      // byte l of half h holds elements 128h + l + {0, 32, 64, 96}
  uint16_t d;          // f16 scale of scales
  uint16_t dmin;       // f16 scale of minimums
};
static_assert(sizeof(Block) == 84);

void decode_block(const Block& block, float* y) {
  const float d = f16_to_f32(block.d);
  const float dmin = f16_to_f32(block.dmin);
  for (int i = 0; i < kSuperBlock; i += 16) {
    const uint8_t scale = block.scales[i / 16];
    const float dl = d * static_cast<float>(scale & 15);
    const float ml = dmin * static_cast<float>(scale >> 4);
    const uint8_t* q = block.qs + i / 128 * 32 + i % 32;
    const int shift = i % 128 / 32 * 2;
    for (int l = 0; l < 16; ++l) y[i + l] = dl * static_cast<float>(q[l] >> shift & 3) - ml;
  }
}

}  // namespace

void decode_q2_k(const std::byte* blocks, int64_t elements, float* out) {
  decode_blocks<Block, 256>(blocks, elements, out, decode_block);
}

}  // namespace hone::codec
