// 8 bits, a float scale: x = d * q. The sums are for dot products only.
#include "tensor/codec/block.h"

namespace hone::codec {
namespace {

struct Block {
  float d;
  int8_t qs[256];
  int16_t sums[16];  // of 16 quants each
};
static_assert(sizeof(Block) == 292);

void decode_block(const Block& block, float* y) {
  for (int j = 0; j < kSuperBlock; ++j) y[j] = block.d * static_cast<float>(block.qs[j]);
}

}  // namespace

void decode_q8_k(const std::byte* blocks, int64_t elements, float* out) {
  decode_blocks<Block, 256>(blocks, elements, out, decode_block);
}

}  // namespace hone::codec
