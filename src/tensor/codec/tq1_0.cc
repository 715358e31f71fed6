// Ternary, five to a byte: x = d * (q - 1).
#include "tensor/codec/block.h"

namespace hone::codec {
namespace {

// A byte is ceil(value * 256 / 243) of a five-digit base-3 value: multiplying by 3^n (mod 256)
// moves digit n to the front, where three times the byte shows it above bit 8. Returns the end of
// what was written: the first digits of all bytes, then the second ones, and so on.
float* decode_digits(const uint8_t* bytes, int size, int digits, float d, float* y) {
  uint8_t power = 1;
  for (int n = 0; n < digits; ++n) {
    for (int m = 0; m < size; ++m) {
      const auto rest = static_cast<uint8_t>(bytes[m] * power);
      *y++ = static_cast<float>((rest * 3 >> 8) - 1) * d;
    }
    power = static_cast<uint8_t>(power * 3);
  }
  return y;
}
struct Block {
  uint8_t qs[48];  // five digits a byte: 32 bytes for elements 0..159, 16 bytes for 160..239
  uint8_t qh[4];   // four digits a byte, for elements 240..255
  uint16_t d;      // f16 scale
};
static_assert(sizeof(Block) == 54);

void decode_block(const Block& block, float* y) {
  const float d = f16_to_f32(block.d);
  y = decode_digits(block.qs, 32, 5, d, y);
  y = decode_digits(block.qs + 32, 16, 5, d, y);
  decode_digits(block.qh, 4, 4, d, y);
}

}  // namespace

void decode_tq1_0(const std::byte* blocks, int64_t elements, float* out) {
  decode_blocks<Block, 256>(blocks, elements, out, decode_block);
}

}  // namespace hone::codec
