// Products of 8-bit codes for one instruction set.
#include "ops/quantized_conv/cpu.h"

namespace hone::HONE_ISA {
namespace {

#include "ops/quantized_conv/cpu_rules-inl.h"

// Up to 16 columns of some rows.
template <class Rule, int rows>
inline void finish_codes(const CodeProduct& p, const I* sums, int64_t row, int64_t column) {
  const Rule rule(p.rule, column);
  for (int r = 0; r < rows; ++r) {
    store_rounded(rule, sums[r], p.columns - column, p.y + (row + r) * p.y_stride + column);
  }
}

template <int rows>
inline void finish(const CodeProduct& p, I* sums, int64_t row, int64_t column) {
  if (p.row_terms != nullptr) {
    for (int r = 0; r < rows; ++r) sums[r] = wrapping_add(sums[r], splat(p.row_terms[row + r]));
  }
  if (p.y == nullptr) {
    for (int r = 0; r < rows; ++r) {
      store_sums(sums[r], p.columns - column, p.sums + (row + r) * p.y_stride + column);
    }
  } else if (p.rule.scale != nullptr) {
    finish_codes<FloatRule, rows>(p, sums, row, column);
  } else {
    finish_codes<FixedRule, rows>(p, sums, row, column);
  }
}

// `tiles` times `rows` rows from `row` on, of `vectors` blocks.
template <int rows, int vectors>
void some_tiles(const CodeProduct& p, int64_t block, int64_t row, int64_t tiles) {
  for (const int64_t end = row + tiles * rows; row < end; row += rows) {
    const uint8_t* x = p.x + row * p.x_stride;
    const int8_t* w = p.weights + block * p.depth * 16;
    Sums sums[rows][vectors];
    for (int r = 0; r < rows; ++r) {
      for (int v = 0; v < vectors; ++v) sums[r][v] = no_sums();
    }
    for (int64_t k = 0; k < p.depth; k += 4, x += 4, w += 64) {
      Weights weights[vectors];
      for (int v = 0; v < vectors; ++v) weights[v] = load_weights(w + v * p.depth * 16);
      for (int r = 0; r < rows; ++r) {
        const Spread codes = spread_codes(x + r * p.x_stride, p.flip);
        for (int v = 0; v < vectors; ++v) sums[r][v] = dot_codes(sums[r][v], weights[v], codes);
      }
    }
    I all[vectors][rows];
    for (int v = 0; v < vectors; ++v) {
      const I start = load_i(p.start + 16 * (block + v));
      for (int r = 0; r < rows; ++r) all[v][r] = wrapping_add(total(sums[r][v]), start);
    }
    for (int v = 0; v < vectors; ++v) finish<rows>(p, all[v], row, 16 * (block + v));
  }
}

template <int rows, int vectors>
void tiles_of(const CodeProduct& p, int64_t block, int64_t row, int64_t size, int64_t tiles) {
  if (size == rows) return some_tiles<rows, vectors>(p, block, row, tiles);
  if constexpr (rows > 1) tiles_of<rows - 1, vectors>(p, block, row, size, tiles);
}

// Rows are cut evenly: 15 are 8 and 7, not 14 and 1.
template <int vectors>
void all_rows(const CodeProduct& p, int64_t block) {
  const int64_t tiles = (p.rows + kCodeRows - 1) / kCodeRows, size = p.rows / tiles;
  const int64_t larger = p.rows % tiles;
  tiles_of<kCodeRows, vectors>(p, block, 0, size + 1, larger);
  tiles_of<kCodeRows, vectors>(p, block, larger * (size + 1), size, tiles - larger);
}

template <int vectors>
void some_blocks(const CodeProduct& p, int64_t block, int64_t count) {
  if (count == vectors) return all_rows<vectors>(p, block);
  if constexpr (vectors > 1) some_blocks<vectors - 1>(p, block, count);
}

void product(const CodeProduct& p) {
  const int64_t end = p.first_block + p.blocks;
  for (int64_t block = p.first_block; block < end; block += kCodeVectors) {
    some_blocks<kCodeVectors>(p, block, end - block < kCodeVectors ? end - block : kCodeVectors);
  }
}

// 16 codes from p on, of which those before `end` are there.
inline const uint8_t* sixteen(const uint8_t* p, const uint8_t* end, uint8_t* copy) {
  if (end - p >= 16) return p;
  memcpy(copy, p, static_cast<size_t>(end - p));
  return copy;
}

// Brings the rows together, column by column: to [columns][quads][64]. Columns of x that lie
// outside are `outside` in every lane.
void group_columns(const CodeDepthwise& d, int64_t columns) {
  uint8_t padding[16], copies[4][16];
  memset(padding, d.outside, sizeof padding);
  const int64_t step = d.quads * 64;
  const int64_t before = d.first < 0 ? (-d.first < columns ? -d.first : columns) : 0;
  const int64_t left = d.width - d.first, inside = left < columns ? left : columns;
  const B nothing = group_codes(padding, padding, padding, padding, d.flip);
  for (int64_t q = 0; q < d.quads; ++q) {
    uint8_t* to = d.grouped + 64 * q;
    int64_t i = 0;
    for (; i < before; ++i) store_b(to + i * step, nothing);
    const uint8_t* from[4];
    int64_t strides[4];
    for (int64_t r = 0; r < 4; ++r) {
      const uint8_t* row = d.rows[4 * q + r];
      strides[r] = row == nullptr ? 0 : d.pixel_stride;
      from[r] = row == nullptr ? padding : row + (d.first + i) * d.pixel_stride;
    }
    // Lanes beyond the block's channels are whatever follows them, as long as it is x.
    bool safe = true;
    for (int r = 0; r < 4; ++r) {
      safe = safe && (strides[r] == 0 || d.end - from[r] >= (inside - i - 1) * strides[r] + 16);
    }
    for (; safe && i < inside; ++i) {
      store_b(to + i * step, group_codes(from[0], from[1], from[2], from[3], d.flip));
      for (int r = 0; r < 4; ++r) from[r] += strides[r];
    }
    for (; i < inside; ++i) {
      const uint8_t* four[4];
      for (int r = 0; r < 4; ++r) {
        four[r] = strides[r] == 0 ? padding : sixteen(from[r], d.end, copies[r]);
        from[r] += strides[r];
      }
      store_b(to + i * step, group_codes(four[0], four[1], four[2], four[3], d.flip));
    }
    for (; i < columns; ++i) store_b(to + i * step, nothing);
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

template <class Rule>
void depthwise_any(const CodeDepthwise& d) {
  const Rule rule(d.rule, d.column);
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
template <int taps, class Rule>
void depthwise_few(const CodeDepthwise& d) {
  const Rule rule(d.rule, d.column);
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

template <class Rule>
void depthwise_by(const CodeDepthwise& d) {
  if (d.taps == 3 && d.quads == 1 && d.ones == nullptr) return depthwise_few<3, Rule>(d);
  depthwise_any<Rule>(d);
}

void depthwise(const CodeDepthwise& d) {
  group_columns(d, (d.columns - 1) * d.stride + (d.taps - 1) * d.dilation + 1);
  if (d.rule.scale != nullptr) return depthwise_by<FloatRule>(d);
  depthwise_by<FixedRule>(d);
}

}  // namespace

extern const CodeFns quantized_conv_fns;
const CodeFns quantized_conv_fns = {kCodeRows, kCodeBias, product, depthwise};

}  // namespace hone::HONE_ISA
