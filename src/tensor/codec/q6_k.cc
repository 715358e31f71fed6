// 6 bits, 16 sub-blocks of 16, 8-bit scales: x = d * sc * (q - 32).
#include "tensor/codec/block.h"

namespace hone::codec {
namespace {

struct Block {
  uint8_t ql[128];    // low four bits; 64 bytes a half of 128 elements
  uint8_t qh[64];     // high two bits; byte l of half h for elements 128h + l + {0, 32, 64, 96}
  int8_t scales[16];  // a sub-block each
  uint16_t d;         // f16 scale of scales
};
static_assert(sizeof(Block) == 210);

void decode_block(const Block& block, float* y) {
  const float d = f16_to_f32(block.d);
  for (int i = 0; i < kSuperBlock; i += 16) {
    const int scale = block.scales[i / 16];
    const float dl = d * static_cast<float>(scale);
    const int half = i / 128, quarter = i % 128 / 32;
    const uint8_t* low = block.ql + half * 64 + quarter % 2 * 32 + i % 32;
    const uint8_t* high = block.qh + half * 32 + i % 32;
    for (int l = 0; l < 16; ++l) {
      const int q = (low[l] >> quarter / 2 * 4 & 15) | (high[l] >> quarter * 2 & 3) << 4;
      y[i + l] = dl * static_cast<float>(q - 32);
    }
  }
}

}  // namespace

void decode_q6_k(const std::byte* blocks, int64_t elements, float* out) {
  decode_blocks<Block, 256>(blocks, elements, out, decode_block);
}

}  // namespace hone::codec
