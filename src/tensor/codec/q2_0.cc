// 2 bits: x = d * (q - 1), so -1, 0, 1 and 2.
#include "tensor/codec/block.h"

namespace hone::codec {
namespace {

struct Block {
  uint16_t d;  // f16 scale
  uint8_t qs[16];
};
static_assert(sizeof(Block) == 18);

void decode_block(const Block& block, float* y) {
  const float d = f16_to_f32(block.d);
  for (int j = 0; j < 64; ++j) {
    y[j] = static_cast<float>((block.qs[j / 4] >> j % 4 * 2 & 3) - 1) * d;
  }
}

}  // namespace

void decode_q2_0(const std::byte* blocks, int64_t elements, float* out) {
  decode_blocks<Block, 64>(blocks, elements, out, decode_block);
}

}  // namespace hone::codec
