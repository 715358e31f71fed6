// 5 bits, one scale a block: x = d * (q - 16).
#include "tensor/codec/block.h"

namespace hone::codec {
namespace {

struct Block {
  uint16_t d;      // f16 scale
  uint8_t qh[4];   // bit i is the fifth bit of element i
  uint8_t qs[16];  // low nibbles are elements 0..15, high nibbles 16..31
};
static_assert(sizeof(Block) == 22);

void decode_block(const Block& block, float* y) {
  const float d = f16_to_f32(block.d);
  const auto high = std::bit_cast<uint32_t>(block.qh);
  for (int j = 0; j < 16; ++j) {
    const uint32_t low0 = block.qs[j] & 15u;
    const uint32_t low1 = block.qs[j] >> 4;
    y[j] = static_cast<float>(static_cast<int>(low0 | (high >> j & 1u) << 4) - 16) * d;
    y[j + 16] = static_cast<float>(static_cast<int>(low1 | (high >> (j + 16) & 1u) << 4) - 16) * d;
  }
}

}  // namespace

void decode_q5_0(const std::byte* blocks, int64_t elements, float* out) {
  decode_blocks<Block, 32>(blocks, elements, out, decode_block);
}

}  // namespace hone::codec
