// 3 bits, 16 sub-blocks of 16, 6-bit scales: x = d * (sc - 32) * (q - 4).
#include "tensor/codec/block.h"

namespace hone::codec {
namespace {

int scale_of(const uint8_t* scales, int j) {
  const int low = scales[j % 8] >> j / 8 * 4 & 15;
  const int high = scales[8 + j % 4] >> j / 4 * 2 & 3;
  return low | high << 4;
}
struct Block {
  uint8_t hmask[32];   // bit k of byte l is the third bit of element 32k + l
  uint8_t qs[64];      // byte l of half h holds elements 128h + l + {0, 32, 64, 96}
  uint8_t scales[12];  // four low bits of 16 scales in 8 bytes, two high bits in 4
  uint16_t d;          // f16 scale of scales
};
static_assert(sizeof(Block) == 110);

void decode_block(const Block& block, float* y) {
  const float d = f16_to_f32(block.d);
  for (int i = 0; i < kSuperBlock; i += 16) {
    const float dl = d * static_cast<float>(scale_of(block.scales, i / 16) - 32);
    const uint8_t* q = block.qs + i / 128 * 32 + i % 32;
    const uint8_t* high = block.hmask + i % 32;
    const int shift = i % 128 / 32 * 2;
    for (int l = 0; l < 16; ++l) {
      const int third_bit_gone = high[l] >> i / 32 & 1 ? 0 : 4;
      y[i + l] = dl * static_cast<float>((q[l] >> shift & 3) - third_bit_gone);
    }
  }
}

}  // namespace

void decode_q3_k(const std::byte* blocks, int64_t elements, float* out) {
  decode_blocks<Block, 256>(blocks, elements, out, decode_block);
}

}  // namespace hone::codec
