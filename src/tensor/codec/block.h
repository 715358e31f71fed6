// What the codecs share: walking blocks, and the small tables of more than one format.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "tensor/float.h"

namespace hone::codec {

// Calls decode_block(block, out) for each block; Block is the stored form, copied so that the
// source may lie at any address.
template <class Block, int64_t kElements, class DecodeBlock>
void decode_blocks(const std::byte* blocks, int64_t elements, float* out,
                   const DecodeBlock& decode_block) {
  for (int64_t i = 0; i < elements; i += kElements) {
    Block block;
    std::memcpy(&block, blocks, sizeof(Block));
    decode_block(block, out);
    blocks += sizeof(Block);
    out += kElements;
  }
}

// Plain numbers: out = convert(stored).
template <class Stored, class Convert>
void decode_numbers(const std::byte* source, int64_t elements, float* out, const Convert& convert) {
  decode_blocks<Stored, 1>(source, elements, out,
                           [&](Stored stored, float* y) { *y = convert(stored); });
}

inline constexpr int kSuperBlock = 256;

// FP4 (E2M1) times two, of mxfp4 and nvfp4: OCP Microscaling Formats 1.0, table 5.
inline constexpr int8_t kFp4Doubled[16] = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};

// The non-linear levels of iq4_nl and iq4_xs (kvalues_iq4nl in ggml-common.h).
inline constexpr int8_t kIq4Levels[16] = {-127, -104, -83, -65, -49, -35, -22, -10,
                                          1,    13,   25,  38,  53,  69,  89,  113};

// Scale and minimum of sub-block `j` of eight, six bits each in twelve bytes (q4_k, q5_k).
struct ScaleMin {
  int scale;
  int min;
};
inline ScaleMin scale_min_k4(const uint8_t* scales, int j) {
  if (j < 4) return {scales[j] & 63, scales[j + 4] & 63};
  return {(scales[j + 4] & 15) | (scales[j - 4] >> 6) << 4, (scales[j + 4] >> 4) | (scales[j] >> 6)
                                                                                       << 4};
}

// iq2_xxs, iq2_xs and iq3_xxs store seven signs; the eighth makes their number even.
inline uint8_t even_signs(uint32_t seven_bits) {
  const uint32_t odd = static_cast<uint32_t>(std::popcount(seven_bits)) & 1u;
  return static_cast<uint8_t>(seven_bits | odd << 7);
}

inline float signed_value(float value, uint8_t signs, int bit) {
  return signs >> bit & 1 ? -value : value;
}

// y[0..8) = scale * (8, 25 or 43), signed: `entry` holds eight 2-bit level numbers (the iq2 grids).
inline void iq2_group(float scale, uint16_t entry, uint8_t signs, float* y) {
  constexpr float kLevels[4] = {8, 25, 43, 0};
  for (int j = 0; j < 8; ++j) y[j] = signed_value(scale * kLevels[entry >> 2 * j & 3], signs, j);
}

}  // namespace hone::codec
