// OCP MXFP4: FP4 elements, one power-of-two scale a block.
#include "tensor/codec/block.h"

namespace hone::codec {
namespace {

// 2^(e - 128): half the scale, for the doubled elements. 0 and 1 are subnormal.
float half_of_e8m0(uint8_t e) {
  if (e < 2) return std::bit_cast<float>(0x00200000u << e);
  return std::bit_cast<float>(static_cast<uint32_t>(e - 1) << 23);
}
struct Block {
  uint8_t e;       // E8M0 scale
  uint8_t qs[16];  // low nibbles are elements 0..15, high nibbles 16..31
};
static_assert(sizeof(Block) == 17);

void decode_block(const Block& block, float* y) {
  const float d = half_of_e8m0(block.e);
  for (int j = 0; j < 16; ++j) {
    y[j] = static_cast<float>(kFp4Doubled[block.qs[j] & 15]) * d;
    y[j + 16] = static_cast<float>(kFp4Doubled[block.qs[j] >> 4]) * d;
  }
}

}  // namespace

void decode_mxfp4(const std::byte* blocks, int64_t elements, float* out) {
  decode_blocks<Block, 32>(blocks, elements, out, decode_block);
}

}  // namespace hone::codec
