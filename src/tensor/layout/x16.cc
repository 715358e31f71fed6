#include "tensor/layout/x16.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace hone {
namespace {

using Scales = X16Source::Scales;

struct Entry {
  DType dtype;
  X16Source source;
};

// Block offsets as in ggml-common.h (block_q4_0 ... block_q6_K).
constexpr std::array kSources = {
    Entry{DType::q4_0, {kX16Q4_0, 18, {0, -1}, Scales::none, 0, {2, -1}, {16, 0}, -1}},
    Entry{DType::q4_1, {kX16Q4_1, 20, {0, 2}, Scales::none, 0, {4, -1}, {16, 0}, -1}},
    Entry{DType::q5_0, {kX16Q5_0, 22, {0, -1}, Scales::none, 0, {6, -1}, {16, 0}, 2}},
    Entry{DType::q5_1, {kX16Q5_1, 24, {0, 2}, Scales::none, 0, {8, -1}, {16, 0}, 4}},
    Entry{DType::q8_0, {kX16Q8_0, 34, {0, -1}, Scales::none, 0, {2, -1}, {32, 0}, -1}},
    Entry{DType::q2_k, {kX16Q2_K, 84, {80, 82}, Scales::bytes, 0, {16, -1}, {64, 0}, -1}},
    Entry{DType::q3_k,
          {kX16Q3_K, 110, {108, -1}, Scales::six_bit_triple, 96, {32, 0}, {64, 32}, -1}},
    Entry{DType::q4_k, {kX16Q4_K, 144, {0, 2}, Scales::six_bit_pairs, 4, {16, -1}, {128, 0}, -1}},
    Entry{DType::q5_k, {kX16Q5_K, 176, {0, 2}, Scales::six_bit_pairs, 4, {48, 16}, {128, 32}, -1}},
    Entry{DType::q6_k, {kX16Q6_K, 210, {208, -1}, Scales::bytes, 192, {0, 128}, {128, 64}, -1}},
};

// Q4_K, Q5_K: 8 scales then 8 minima of 6 bits in 12 bytes (ggml-quants.c get_scale_min_k4).
void spread_pairs(const uint8_t* in, uint8_t* out) {
  for (int j = 0; j < 4; ++j) {
    out[j] = in[j] & 63;
    out[8 + j] = in[j + 4] & 63;
    out[4 + j] = static_cast<uint8_t>((in[j + 8] & 0xf) | (in[j] >> 6) << 4);
    out[12 + j] = static_cast<uint8_t>(in[j + 8] >> 4 | (in[j + 4] >> 6) << 4);
  }
}

void gather_pairs(const uint8_t* in, uint8_t* out) {
  for (int j = 0; j < 4; ++j) {
    out[j] = static_cast<uint8_t>(in[j] | (in[4 + j] >> 4) << 6);
    out[j + 4] = static_cast<uint8_t>(in[8 + j] | (in[12 + j] >> 4) << 6);
    out[j + 8] = static_cast<uint8_t>((in[4 + j] & 0xf) | (in[12 + j] & 0xf) << 4);
  }
}

// Q3_K: 16 scales of 6 bits in 12 bytes, biased by 32 (ggml-quants.c dequantize_row_q3_K). Stored
// as signed bytes without the bias.
void spread_triple(const uint8_t* in, uint8_t* out) {
  for (int j = 0; j < 16; ++j) {
    const int low = j < 8 ? in[j] & 0xf : in[j - 8] >> 4;
    const int high = in[8 + j % 4] >> (2 * (j / 4)) & 3;
    out[j] = static_cast<uint8_t>((low | high << 4) - 32);
  }
}

void gather_triple(const uint8_t* in, uint8_t* out) {
  std::fill(out, out + 12, uint8_t{0});
  for (int j = 0; j < 16; ++j) {
    const auto scale = static_cast<uint8_t>(in[j] + 32);
    uint8_t& low = out[j % 8];
    low = static_cast<uint8_t>(low | (j < 8 ? scale & 0xf : (scale & 0xf) << 4));
    uint8_t& high = out[8 + j % 4];
    high = static_cast<uint8_t>(high | (scale >> 4) << (2 * (j / 4)));
  }
}

// Bits 4j+b of x to bit j of byte b, and back.
uint32_t regroup_fifth_bits(uint32_t x) {
  uint32_t out = 0;
  for (uint32_t b = 0; b < 4; ++b) {
    uint32_t picked = x >> b & 0x11111111u;
    picked = (picked | picked >> 3) & 0x03030303u;
    picked = (picked | picked >> 6) & 0x000f000fu;
    picked = (picked | picked >> 12) & 0xffu;
    out |= picked << 8 * b;
  }
  return out;
}

uint32_t ungroup_fifth_bits(uint32_t x) {
  uint32_t out = 0;
  for (uint32_t b = 0; b < 4; ++b) {
    for (uint32_t j = 0; j < 8; ++j) out |= (x >> (8 * b + j) & 1u) << (4 * j + b);
  }
  return out;
}

uint32_t load32(const void* p) {
  uint32_t x;
  std::memcpy(&x, p, sizeof x);
  return x;
}

// Byte offsets of one panel's block in the two streams.
struct Place {
  int64_t scales;
  int64_t quants;
};

int64_t align64(int64_t n) { return (n + 63) / 64 * 64; }
int64_t panels_of(int64_t rows) { return (rows + kPanelRows - 1) / kPanelRows; }

Place place_of(const X16Format& f, int64_t rows, int64_t columns, int64_t panel, int64_t block) {
  const int64_t blocks = columns / f.block_columns;
  const int64_t index = panel * blocks + block;
  return {index * f.scale_bytes,
          align64(panels_of(rows) * blocks * f.scale_bytes) + index * f.quant_bytes};
}

void pack_scales(const X16Source& s, const uint8_t* block, int64_t row, uint8_t* out) {
  for (const int16_t offset : s.half_offsets) {
    if (offset < 0) continue;
    std::memcpy(out + 2 * row, block + offset, 2);
    out += 2 * kPanelRows;
  }
  if (s.scales == Scales::none) return;
  uint8_t spread[16];
  if (s.scales == Scales::bytes) std::memcpy(spread, block + s.scale_offset, 16);
  if (s.scales == Scales::six_bit_pairs) spread_pairs(block + s.scale_offset, spread);
  if (s.scales == Scales::six_bit_triple) spread_triple(block + s.scale_offset, spread);
  for (int i = 0; i < 16; ++i) out[i * kPanelRows + row] = spread[i];
}

void unpack_scales(const X16Source& s, const uint8_t* in, int64_t row, uint8_t* block) {
  for (const int16_t offset : s.half_offsets) {
    if (offset < 0) continue;
    std::memcpy(block + offset, in + 2 * row, 2);
    in += 2 * kPanelRows;
  }
  if (s.scales == Scales::none) return;
  uint8_t spread[16];
  for (int i = 0; i < 16; ++i) spread[i] = in[i * kPanelRows + row];
  if (s.scales == Scales::bytes) std::memcpy(block + s.scale_offset, spread, 16);
  if (s.scales == Scales::six_bit_pairs) gather_pairs(spread, block + s.scale_offset);
  if (s.scales == Scales::six_bit_triple) gather_triple(spread, block + s.scale_offset);
}

// One row's code words to their places in the panel's interleaved words, or back.
template <class Word>
void for_each_code_word(const X16Source& s, Word word) {
  int64_t index = 0;
  for (int part = 0; part < 2; ++part) {
    if (s.code_offset[part] < 0) continue;
    for (int16_t w = 0; w < s.code_bytes[part] / 4; ++w, ++index) {
      word(s.code_offset[part] + 4 * w, index * 4 * kPanelRows);
    }
  }
}

void pack_quants(const X16Source& s, const uint8_t* block, int64_t row, uint8_t* out) {
  out += 4 * row;
  int64_t end = 0;
  for_each_code_word(s, [&](int64_t from, int64_t to) {
    std::memcpy(out + to, block + from, 4);
    end = to + 4 * kPanelRows;
  });
  if (s.fifth_bits_offset < 0) return;
  const uint32_t grouped = regroup_fifth_bits(load32(block + s.fifth_bits_offset));
  std::memcpy(out + end, &grouped, 4);
}

void unpack_quants(const X16Source& s, const uint8_t* in, int64_t row, uint8_t* block) {
  in += 4 * row;
  int64_t end = 0;
  for_each_code_word(s, [&](int64_t to, int64_t from) {
    std::memcpy(block + to, in + from, 4);
    end = from + 4 * kPanelRows;
  });
  if (s.fifth_bits_offset < 0) return;
  const uint32_t bits = ungroup_fifth_bits(load32(in + end));
  std::memcpy(block + s.fifth_bits_offset, &bits, 4);
}

// T is the index into kSources, so that offsets are constants in each packer's loops.
template <size_t T>
int64_t packed_bytes(const Dims& dims) {
  constexpr X16Format kFormat = kSources[T].source.format;
  if (dims.rank() != 2 || dims[1] % kFormat.block_columns != 0) return -1;
  if (dims.elements() == 0) return 0;
  const int64_t blocks = panels_of(dims[0]) * (dims[1] / kFormat.block_columns);
  return align64(blocks * kFormat.scale_bytes) + blocks * kFormat.quant_bytes;
}

template <size_t T>
void pack(Bytes canonical, const Dims& dims, int64_t first, int64_t last,
          std::span<std::byte> packed) {
  constexpr const X16Source& kSource = kSources[T].source;
  const int64_t rows = dims[0], columns = dims[1];
  const int64_t blocks = columns / kSource.format.block_columns;
  const auto* in = reinterpret_cast<const uint8_t*>(canonical.data());
  auto* out = reinterpret_cast<uint8_t*>(packed.data());
  for (int64_t panel = first; panel < last; ++panel) {
    const int64_t count = std::min(kPanelRows, rows - panel * kPanelRows);
    for (int64_t block = 0; block < blocks; ++block) {
      const Place place = place_of(kSource.format, rows, columns, panel, block);
      if (count < kPanelRows) {
        std::fill_n(out + place.scales, kSource.format.scale_bytes, uint8_t{0});
        std::fill_n(out + place.quants, kSource.format.quant_bytes, uint8_t{0});
      }
      for (int64_t row = 0; row < count; ++row) {
        const uint8_t* source =
            in + ((panel * kPanelRows + row) * blocks + block) * kSource.block_bytes;
        pack_scales(kSource, source, row, out + place.scales);
        pack_quants(kSource, source, row, out + place.quants);
      }
    }
  }
}

template <size_t T>
void unpack_row(Bytes packed, const Dims& dims, int64_t row, std::byte* canonical) {
  constexpr const X16Source& kSource = kSources[T].source;
  const int64_t rows = dims[0], columns = dims[1];
  const auto* in = reinterpret_cast<const uint8_t*>(packed.data());
  auto* out = reinterpret_cast<uint8_t*>(canonical);
  for (int64_t block = 0; block < columns / kSource.format.block_columns; ++block) {
    const Place place = place_of(kSource.format, rows, columns, row / kPanelRows, block);
    uint8_t* target = out + block * kSource.block_bytes;
    unpack_scales(kSource, in + place.scales, row % kPanelRows, target);
    unpack_quants(kSource, in + place.quants, row % kPanelRows, target);
  }
}

template <size_t T>
constexpr Layout layout(std::string_view id) {
  return {id, kSources[T].dtype, kPanelRows, 0, packed_bytes<T>, pack<T>, unpack_row<T>};
}

constexpr std::array kLayouts = {
    layout<0>("q4_0.x16.v1"), layout<1>("q4_1.x16.v1"), layout<2>("q5_0.x16.v1"),
    layout<3>("q5_1.x16.v1"), layout<4>("q8_0.x16.v1"), layout<5>("q2_k.x16.v1"),
    layout<6>("q3_k.x16.v1"), layout<7>("q4_k.x16.v1"), layout<8>("q5_k.x16.v1"),
    layout<9>("q6_k.x16.v1"),
};

}  // namespace

const X16Source* x16_source(DType dtype) {
  for (const Entry& entry : kSources) {
    if (entry.dtype == dtype) return &entry.source;
  }
  return nullptr;
}

std::span<const Layout> x16_layouts() { return kLayouts; }

}  // namespace hone
