// 5 bits, 8 sub-blocks of 32, 6-bit scales and minimums: x = d * sc * q - dmin * m.
#include "tensor/codec/block.h"

namespace hone::codec {
namespace {

struct Block {
  uint16_t d;          // f16 scale of scales
  uint16_t dmin;       // f16 scale of minimums
  uint8_t scales[12];  // scale_min_k4
  uint8_t qh[32];      // bit j of byte l is the fifth bit of element l of sub-block j
  uint8_t qs[128];     // 32 bytes a pair of sub-blocks: low nibbles the first, high the second
};
static_assert(sizeof(Block) == 176);

void decode_block(const Block& block, float* y) {
  const float d = f16_to_f32(block.d);
  const float dmin = f16_to_f32(block.dmin);
  for (int j = 0; j < 8; ++j) {
    const ScaleMin sm = scale_min_k4(block.scales, j);
    const float dl = d * static_cast<float>(sm.scale);
    const float ml = dmin * static_cast<float>(sm.min);
    const uint8_t* q = block.qs + j / 2 * 32;
    const int shift = j % 2 * 4;
    for (int l = 0; l < 32; ++l) {
      const int value = (q[l] >> shift & 15) + (block.qh[l] >> j & 1) * 16;
      y[j * 32 + l] = dl * static_cast<float>(value) - ml;
    }
  }
}

}  // namespace

void decode_q5_k(const std::byte* blocks, int64_t elements, float* out) {
  decode_blocks<Block, 256>(blocks, elements, out, decode_block);
}

}  // namespace hone::codec
