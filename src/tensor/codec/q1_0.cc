// 1 bit: x = d where the bit is set, else -d.
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
  for (int j = 0; j < 128; ++j) y[j] = block.qs[j / 8] >> j % 8 & 1 ? d : -d;
}

}  // namespace

void decode_q1_0(const std::byte* blocks, int64_t elements, float* out) {
  decode_blocks<Block, 128>(blocks, elements, out, decode_block);
}

}  // namespace hone::codec
