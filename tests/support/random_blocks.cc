#include "support/random_blocks.h"

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstring>

#include "tensor/float.h"

namespace hone::test {
namespace {

// How a block of random bytes gets its scale. `unit_deviation` is the deviation of its values at
// scale 1, measured with gguf.quants.dequantize of PyPI gguf 0.19.0. A type with a minimum (value =
// scale * code + minimum, or - minimum in K-quants) gets minimum_factor * scale, which centers it.
struct BlockRule {
  DType dtype;
  size_t scale_offset;
  float unit_deviation;
  size_t minimum_offset = 0;  // 0: none
  float minimum_factor = 0;
};

constexpr BlockRule kBlockRules[] = {
    {DType::q4_0, 0, 4.61f},           {DType::q4_1, 0, 4.61f, 2, -7.5f},
    {DType::q5_0, 0, 9.23f},           {DType::q5_1, 0, 9.23f, 2, -15.5f},
    {DType::q8_0, 0, 73.9f},           {DType::q2_k, 80, 13.8f, 82, 1.5f},
    {DType::q3_k, 108, 43.4f},         {DType::q4_k, 0, 258.f, 2, 7.5f},
    {DType::q5_k, 0, 529.f, 2, 15.5f}, {DType::q6_k, 208, 1366.f},
    {DType::iq2_xxs, 0, 53.4f},        {DType::iq2_xs, 0, 55.7f},
    {DType::iq2_s, 0, 56.3f},          {DType::iq3_xxs, 0, 142.8f},
    {DType::iq3_s, 0, 140.1f},         {DType::iq1_s, 0, 7.2f},
    {DType::iq4_nl, 0, 67.1f},         {DType::iq4_xs, 0, 1246.f},
    {DType::tq1_0, 52, 0.817f},        {DType::tq2_0, 64, 1.118f},
};

void put_u16(std::string& out, size_t at, uint16_t value) {
  std::memcpy(out.data() + at, &value, sizeof value);
}

// The scale for a block: `wanted` with +-25%, of either sign.
float draw_scale(float wanted, SplitMix64& random) {
  const float size = wanted * (1.0f + 0.25f * random.uniform());
  return random.uniform() < 0 ? -size : size;
}

void put_f16_scale(std::string& out, size_t block, const BlockRule& rule, float deviation,
                   SplitMix64& random) {
  const float scale = draw_scale(deviation / rule.unit_deviation, random);
  put_u16(out, block + rule.scale_offset, f32_to_f16(scale));
  if (rule.minimum_offset == 0) return;
  put_u16(out, block + rule.minimum_offset, f32_to_f16(scale * rule.minimum_factor));
}

// iq1_m keeps the bits of its f16 scale in the top nibbles of its four scale words.
void put_iq1_m_scale(std::string& out, size_t block, float deviation, SplitMix64& random) {
  const uint16_t scale = f32_to_f16(draw_scale(deviation / 7.19f, random));
  for (size_t i = 0; i < 4; ++i) {
    const size_t at = block + 48 + 2 * i + 1;
    const auto nibble = static_cast<unsigned>(scale >> (4 * i) & 15);
    out[at] = static_cast<char>((static_cast<unsigned>(out[at]) & 15u) | nibble << 4);
  }
}

// mxfp4 scales by a power of two, 2^(byte - 127); codes deviate by 2.91.
void put_mxfp4_scale(std::string& out, size_t block, float deviation, SplitMix64& random) {
  const int exponent = std::ilogb(deviation / 2.91f) + (random.uniform() < 0 ? 1 : 0);
  out[block] = static_cast<char>(exponent + 127);
}

// nvfp4 has an unsigned 8-bit float (4 exponent bits, bias 7, halved) for every 16 codes; 0x38 is
// scale 1 with the deviation 2.92.
void put_nvfp4_scales(std::string& out, size_t block, float deviation, SplitMix64& random) {
  for (size_t i = 0; i < 4; ++i) {
    const int exponent = std::ilogb(deviation / 2.92f) + (random.uniform() < 0 ? 1 : 0);
    const auto mantissa = static_cast<int>(random.next() >> 61);
    out[block + i] = static_cast<char>(0x38 + exponent * 8 + mantissa);
  }
}

std::string random_numbers(DType dtype, int64_t elements, float deviation, SplitMix64& random) {
  std::string out;
  const float half_width = deviation * 1.7320508f;
  for (int64_t i = 0; i < elements; ++i) {
    const float value = random.uniform() * half_width;
    const uint32_t bits = dtype == DType::f32   ? std::bit_cast<uint32_t>(value)
                          : dtype == DType::f16 ? f32_to_f16(value)
                                                : f32_to_bf16(value);
    out.append(reinterpret_cast<const char*>(&bits), static_cast<size_t>(info(dtype).block_bytes));
  }
  return out;
}

const BlockRule* find_rule(DType dtype) {
  for (const BlockRule& rule : kBlockRules) {
    if (rule.dtype == dtype) return &rule;
  }
  return nullptr;
}

}  // namespace

std::string random_tensor(DType dtype, int64_t elements, float deviation, SplitMix64& random) {
  if (dtype == DType::f32 || dtype == DType::f16 || dtype == DType::bf16) {
    return random_numbers(dtype, elements, deviation, random);
  }
  const BlockRule* rule = find_rule(dtype);
  const bool special = dtype == DType::iq1_m || dtype == DType::mxfp4 || dtype == DType::nvfp4;
  if (rule == nullptr && !special) return {};
  std::string out(static_cast<size_t>(row_bytes(dtype, elements)), '\0');
  for (char& byte : out) byte = static_cast<char>(random.next() >> 56);
  const auto step = static_cast<size_t>(info(dtype).block_bytes);
  for (size_t block = 0; block < out.size(); block += step) {
    if (rule != nullptr) put_f16_scale(out, block, *rule, deviation, random);
    if (dtype == DType::iq1_m) put_iq1_m_scale(out, block, deviation, random);
    if (dtype == DType::mxfp4) put_mxfp4_scale(out, block, deviation, random);
    if (dtype == DType::nvfp4) put_nvfp4_scales(out, block, deviation, random);
  }
  return out;
}

}  // namespace hone::test
