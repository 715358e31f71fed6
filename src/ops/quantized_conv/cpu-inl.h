// Products of 8-bit codes for one instruction set.
#include "ops/quantized_conv/cpu.h"

namespace hone::HONE_ISA {
namespace {

// Up to 16 lanes of sums as codes, or as they are.
struct Rule {
  F scale, low, high;
  I zero;
};

inline Rule rule_of(const CodeRule& rule, const float* scale) {
  return {load(scale), set(rule.low), set(rule.high), splat(rule.zero)};
}

// max() gives its second operand where the first is not a number.
inline void store_rounded(const Rule& rule, I sums, int64_t count, uint8_t* y) {
  const F units = min(max(mul(to_float(sums), rule.scale), rule.low), rule.high);
  if (count >= 16) return store_codes(y, units, rule.zero);
  uint8_t codes[16];
  store_codes(codes, units, rule.zero);
  memcpy(y, codes, static_cast<size_t>(count));
}

inline void store_sums(I sums, int64_t count, int32_t* y) {
  if (count >= 16) return store_i(y, sums);
  int32_t all[16];
  store_i(all, sums);
  memcpy(y, all, static_cast<size_t>(count) * sizeof(int32_t));
}

// `rows` rows from `row` on, of `vectors` blocks.
template <int rows, int vectors>
void tile(const CodeProduct& p, int64_t block, int64_t row) {
  const uint8_t* x = p.x + row * p.x_stride;
  const int8_t* w = p.weights + block * p.depth * 16;
  Sums sums[rows][vectors];
  for (int r = 0; r < rows; ++r) {
    for (int v = 0; v < vectors; ++v) sums[r][v] = no_sums();
  }
  for (int64_t k = 0; k < p.depth; k += 4, x += 4, w += 64) {
    Weights weights[vectors];
    for (int v = 0; v < vectors; ++v) weights[v] = load_weights(w + v * p.depth * 16);
#pragma GCC unroll 16
    for (int r = 0; r < rows; ++r) {
      const Spread codes = spread_codes(x + r * p.x_stride, p.flip);
      for (int v = 0; v < vectors; ++v) sums[r][v] = dot_codes(sums[r][v], weights[v], codes);
    }
  }
  for (int v = 0; v < vectors; ++v) {
    const int64_t column = 16 * (block + v), count = p.columns - column;
    const I start = load_i(p.start + column);
    Rule rule{};
    if (p.y != nullptr) rule = rule_of(p.rule, p.rule.scale + column);
#pragma GCC unroll 16
    for (int r = 0; r < rows; ++r) {
      I all = wrapping_add(total(sums[r][v]), start);
      if (p.row_terms != nullptr) all = wrapping_add(all, splat(p.row_terms[row + r]));
      const int64_t at = (row + r) * p.y_stride + column;
      if (p.y != nullptr) {
        store_rounded(rule, all, count, p.y + at);
      } else {
        store_sums(all, count, p.sums + at);
      }
    }
  }
}

template <int rows, int vectors>
void some_rows(const CodeProduct& p, int64_t block, int64_t row, int64_t count) {
  if (count == rows) return tile<rows, vectors>(p, block, row);
  if constexpr (rows > 1) some_rows<rows - 1, vectors>(p, block, row, count);
}

// Rows are cut evenly: 15 are 8 and 7, not 14 and 1.
template <int vectors>
void all_rows(const CodeProduct& p, int64_t block) {
  int64_t parts = (p.rows + kCodeRows - 1) / kCodeRows;
  for (int64_t row = 0; row < p.rows; --parts) {
    const int64_t count = (p.rows - row + parts - 1) / parts;
    some_rows<kCodeRows, vectors>(p, block, row, count);
    row += count;
  }
}

void product(const CodeProduct& p) {
  const int64_t end = p.first_block + p.blocks;
  int64_t block = p.first_block;
  for (; block + kCodeVectors <= end; block += kCodeVectors) all_rows<kCodeVectors>(p, block);
  for (; block < end; ++block) all_rows<1>(p, block);
}

// Columns of x that lie outside are `outside` in every lane.
void group_columns(const CodeDepthwise& d, int64_t columns) {
  uint8_t padding[16], copies[4][16];
  memset(padding, d.outside, sizeof padding);
  uint8_t* to = d.grouped;
  for (int64_t i = 0; i < columns; ++i) {
    const int64_t column = d.first + i;
    const bool inside = column >= 0 && column < d.width;
    for (int64_t q = 0; q < d.quads; ++q, to += 64) {
      const uint8_t* from[4];
      for (int64_t r = 0; r < 4; ++r) {
        const uint8_t* row = d.rows[4 * q + r];
        from[r] = inside && row != nullptr ? row + column * d.pixel_stride : padding;
        if (d.channels < 16 && from[r] != padding) {
          memcpy(copies[r], from[r], static_cast<size_t>(d.channels));
          from[r] = copies[r];
        }
      }
      store_b(to, group_codes(from[0], from[1], from[2], from[3], d.flip));
    }
  }
}

inline I window_sum(const CodeDepthwise& d, const uint8_t* x, const int8_t* weights) {
  Sums sums = no_sums();
  const int64_t step = d.dilation * d.quads * 64;
  for (int64_t t = 0; t < d.taps; ++t, x += step) {
    for (int64_t q = 0; q < d.quads; ++q, weights += 64) {
      sums = dot_codes(sums, load_weights(weights), load_codes(x + 64 * q));
    }
  }
  return total(sums);
}

void depthwise_any(const CodeDepthwise& d, const Rule& rule) {
  const I start = load_i(d.start);
  for (int64_t i = 0; i < d.columns; ++i) {
    const uint8_t* x = d.grouped + i * d.stride * d.quads * 64;
    I sums = wrapping_add(start, window_sum(d, x, d.weights));
    if (d.ones != nullptr) {
      int32_t terms[16];
      store_i(terms, window_sum(d, x, d.ones));
      for (int c = 0; c < 16; ++c) {
        terms[c] = static_cast<int32_t>(0u - static_cast<uint32_t>(d.w_zero) *
                                                 static_cast<uint32_t>(terms[c]));
      }
      sums = wrapping_add(sums, load_i(terms));
    }
    store_rounded(rule, sums, d.channels, d.y + i * d.pixel_stride);
  }
}

// A kernel of `taps` columns and up to 4 rows, whose weights stay in registers.
template <int taps>
void depthwise_few(const CodeDepthwise& d, const Rule& rule) {
  const I start = load_i(d.start);
  Weights weights[taps];
  for (int t = 0; t < taps; ++t) weights[t] = load_weights(d.weights + 64 * t);
  for (int64_t i = 0; i < d.columns; ++i) {
    const uint8_t* x = d.grouped + i * d.stride * 64;
    Sums sums = no_sums();
    for (int t = 0; t < taps; ++t, x += d.dilation * 64) {
      sums = dot_codes(sums, weights[t], load_codes(x));
    }
    store_rounded(rule, wrapping_add(total(sums), start), d.channels, d.y + i * d.pixel_stride);
  }
}

void depthwise(const CodeDepthwise& d) {
  group_columns(d, (d.columns - 1) * d.stride + (d.taps - 1) * d.dilation + 1);
  const Rule rule = rule_of(d.rule, d.rule.scale);
  if (d.taps == 3 && d.quads == 1 && d.ones == nullptr) return depthwise_few<3>(d, rule);
  depthwise_any(d, rule);
}

}  // namespace

extern const CodeFns quantized_conv_fns;
const CodeFns quantized_conv_fns = {kCodeRows, kCodeBias, product, depthwise};

}  // namespace hone::HONE_ISA
