// NVFP4: FP4 elements, an unsigned E4M3 scale for each 16 of them.
#include "tensor/codec/block.h"

namespace hone::codec {
namespace {

// Half the scale, for the doubled elements. The sign bit does not count; 0x7f is a NaN that ggml
// reads as zero.
float half_of_ue4m3(uint8_t x) {
  if (x == 0 || x == 0x7f) return 0;
  const uint32_t exponent = x >> 3 & 15u;
  const uint32_t mantissa = x & 7u;
  if (exponent == 0) return static_cast<float>(mantissa) * 0x1p-10f;
  return std::bit_cast<float>((exponent + 119) << 23 | mantissa << 20);
}
struct Block {
  uint8_t d[4];    // a scale a sub-block
  uint8_t qs[32];  // 8 bytes a sub-block: low nibbles are its elements 0..7, high nibbles 8..15
};
static_assert(sizeof(Block) == 36);

void decode_block(const Block& block, float* y) {
  for (int s = 0; s < 4; ++s) {
    const float d = half_of_ue4m3(block.d[s]);
    for (int j = 0; j < 8; ++j) {
      const uint8_t q = block.qs[s * 8 + j];
      y[s * 16 + j] = static_cast<float>(kFp4Doubled[q & 15]) * d;
      y[s * 16 + j + 8] = static_cast<float>(kFp4Doubled[q >> 4]) * d;
    }
  }
}

}  // namespace

void decode_nvfp4(const std::byte* blocks, int64_t elements, float* out) {
  decode_blocks<Block, 64>(blocks, elements, out, decode_block);
}

}  // namespace hone::codec
