// Ternary, 2 bits each: x = d * (q - 1).
#include "tensor/codec/block.h"

namespace hone::codec {
namespace {

struct Block {
  uint8_t qs[64];  // byte l of half h holds elements 128h + l + {0, 32, 64, 96}
  uint16_t d;      // f16 scale
};
static_assert(sizeof(Block) == 66);

void decode_block(const Block& block, float* y) {
  const float d = f16_to_f32(block.d);
  for (int i = 0; i < kSuperBlock; ++i) {
    const int q = block.qs[i / 128 * 32 + i % 32] >> i % 128 / 32 * 2 & 3;
    y[i] = static_cast<float>(q - 1) * d;
  }
}

}  // namespace

void decode_tq2_0(const std::byte* blocks, int64_t elements, float* out) {
  decode_blocks<Block, 256>(blocks, elements, out, decode_block);
}

}  // namespace hone::codec
