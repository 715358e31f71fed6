// 8 bits, one scale a block: x = d * q.
#include "tensor/codec/block.h"

namespace hone::codec {
namespace {

struct Block {
  uint16_t d;  // f16 scale
  int8_t qs[32];
};
static_assert(sizeof(Block) == 34);

void decode_block(const Block& block, float* y) {
  const float d = f16_to_f32(block.d);
  for (int j = 0; j < 32; ++j) y[j] = static_cast<float>(block.qs[j]) * d;
}

}  // namespace

void decode_q8_0(const std::byte* blocks, int64_t elements, float* out) {
  decode_blocks<Block, 32>(blocks, elements, out, decode_block);
}

}  // namespace hone::codec
