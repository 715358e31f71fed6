// Products of 8-bit codes by tiles.
#include "ops/quantized_conv/cpu.h"

namespace hone::HONE_ISA {
namespace {

#include "ops/quantized_conv/cpu_rules-inl.h"

constexpr int64_t kTileBytes = 16 * 64;

// Sums of tiles as they are stored.
struct alignas(64) StoredSums {
  int32_t tiles[4][256];
};

template <bool x_signed>
inline void multiply_first() {
  if constexpr (x_signed) {
    _tile_dpbssd(0, 4, 6);
  } else {
    _tile_dpbusd(0, 4, 6);
  }
}
template <bool x_signed>
inline void multiply_second_columns() {
  if constexpr (x_signed) {
    _tile_dpbssd(1, 4, 7);
  } else {
    _tile_dpbusd(1, 4, 7);
  }
}
template <bool x_signed>
inline void multiply_second_rows() {
  if constexpr (x_signed) {
    _tile_dpbssd(2, 5, 6);
  } else {
    _tile_dpbusd(2, 5, 6);
  }
}
template <bool x_signed>
inline void multiply_seconds() {
  if constexpr (x_signed) {
    _tile_dpbssd(3, 5, 7);
  } else {
    _tile_dpbusd(3, 5, 7);
  }
}

// The rows of a pair of tiles, and of how many.
struct RowTiles {
  int64_t first, second;
};

// Sums of up to two tiles of rows times up to two blocks.
template <bool x_signed, int row_tiles, int blocks>
void sum_tiles(const CodeProduct& p, RowTiles rows, int64_t block, StoredSums& sums) {
  const int32_t* start = p.start + 16 * block;
  _tile_loadd(0, start, 0);  // each row is the same
  if constexpr (blocks == 2) _tile_loadd(1, start + 16, 0);
  if constexpr (row_tiles == 2) _tile_loadd(2, start, 0);
  if constexpr (row_tiles == 2 && blocks == 2) _tile_loadd(3, start + 16, 0);
  const uint8_t *a = p.x + rows.first * p.x_stride, *a2 = p.x + rows.second * p.x_stride;
  const int8_t *b = p.weights + block * p.depth * 16, *b2 = b + p.depth * 16;
  const int64_t* offset = p.offsets;
  for (int64_t k = 0; k < p.depth; k += p.depth_step) {
    const int64_t at = offset == nullptr ? k : *offset++;
    const int8_t *w = b + 16 * k, *w2 = b2 + 16 * k;
    if (k + p.depth_step > p.depth) {
      w = p.tails + block * kTileBytes;
      w2 = w + kTileBytes;
    }
    _tile_loadd(6, w, 64);
    _tile_loadd(4, a + at, p.x_stride);
    multiply_first<x_signed>();
    if constexpr (blocks == 2) {
      _tile_loadd(7, w2, 64);
      multiply_second_columns<x_signed>();
    }
    if constexpr (row_tiles == 2) {
      _tile_loadd(5, a2 + at, p.x_stride);
      multiply_second_rows<x_signed>();
    }
    if constexpr (row_tiles == 2 && blocks == 2) multiply_seconds<x_signed>();
  }
  _tile_stored(0, sums.tiles[0], 64);
  if constexpr (blocks == 2) _tile_stored(1, sums.tiles[1], 64);
  if constexpr (row_tiles == 2) _tile_stored(2, sums.tiles[2], 64);
  if constexpr (row_tiles == 2 && blocks == 2) _tile_stored(3, sums.tiles[3], 64);
}

template <class Rule>
inline void finish_codes(const CodeProduct& p, const int32_t* sums, int64_t row, int64_t rows,
                         int64_t column, const int32_t* row_terms) {
  const Rule rule(p.rule, column);
  const int64_t columns = p.columns - column;
  uint8_t* y = p.y + row * p.y_stride + column;
  for (int64_t r = 0; r < rows; ++r, sums += 16, y += p.y_stride) {
    I all = load_i(sums);
    if (row_terms != nullptr) all = wrapping_add(all, splat(row_terms[r]));
    store_rounded(rule, all, columns, y);
  }
}

inline void store_plain(const CodeProduct& p, const int32_t* sums, int64_t row, int64_t rows,
                        int64_t column, const int32_t* row_terms) {
  int32_t* to = p.sums + row * p.y_stride + column;
  for (int64_t r = 0; r < rows; ++r, sums += 16, to += p.y_stride) {
    I all = load_i(sums);
    if (row_terms != nullptr) all = wrapping_add(all, splat(row_terms[r]));
    store_sums(all, p.columns - column, to);
  }
}

// 16 columns of some rows, of which the first is y's `row`.
inline void finish_rows(const CodeProduct& p, const int32_t* sums, int64_t row, int64_t rows,
                        int64_t column) {
  const int32_t* terms = p.row_terms == nullptr ? nullptr : p.row_terms + row;
  if (p.y == nullptr) return store_plain(p, sums, row, rows, column, terms);
  if (p.rule.scale != nullptr) return finish_codes<FloatRule>(p, sums, row, rows, column, terms);
  finish_codes<FixedRule>(p, sums, row, rows, column, terms);
}

// One tile of sums.
void finish_tile(const CodeProduct& p, const int32_t* sums, int64_t row, int64_t rows,
                 int64_t column) {
  if (p.pitch == 0) return finish_rows(p, sums, row, rows, column);
  int64_t place = row % p.pitch, real_row = row / p.pitch * p.real;
  for (int64_t r = 0; r < rows; place = 0, real_row += p.real) {
    const int64_t left = p.pitch - place < rows - r ? p.pitch - place : rows - r;
    const int64_t real = p.real - place < left ? p.real - place : left;
    if (real > 0) finish_rows(p, sums + 16 * r, real_row + place, real, column);
    r += left;
  }
}

template <bool x_signed, int row_tiles, int blocks>
void some_tiles(const CodeProduct& p, RowTiles rows, int64_t size, int64_t block) {
  StoredSums sums;
  sum_tiles<x_signed, row_tiles, blocks>(p, rows, block, sums);
  for (int b = 0; b < blocks; ++b) {
    finish_tile(p, sums.tiles[b], rows.first, size, 16 * (block + b));
    if (row_tiles == 2) finish_tile(p, sums.tiles[2 + b], rows.second, size, 16 * (block + b));
  }
}

// All tiles have as many rows as the first: the last one computes some rows again.
template <bool x_signed, int blocks>
void all_rows(const CodeProduct& p, int64_t tiles, int64_t size, int64_t block) {
  int64_t i = 0;
  for (; i + 2 <= tiles; i += 2) {
    const int64_t second = (i + 2) * size <= p.rows ? (i + 1) * size : p.rows - size;
    some_tiles<x_signed, 2, blocks>(p, {i * size, second}, size, block);
  }
  if (i < tiles) {
    const int64_t last = p.rows - size;
    some_tiles<x_signed, 1, blocks>(p, {last, last}, size, block);
  }
}

template <bool x_signed>
void all_blocks(const CodeProduct& p) {
  const int64_t tiles = (p.rows + 15) / 16, size = (p.rows + tiles - 1) / tiles;
  const Tiles configured(size, p.depth_step);
  const int64_t end = p.first_block + p.blocks;
  int64_t block = p.first_block;
  for (; block + 2 <= end; block += 2) all_rows<x_signed, 2>(p, tiles, size, block);
  if (block < end) all_rows<x_signed, 1>(p, tiles, size, block);
}

void tile_product(const CodeProduct& p) {
  before_tiles();
  p.x_signed ? all_blocks<true>(p) : all_blocks<false>(p);
}

}  // namespace

extern const CodeTileFns quantized_conv_tile_fns;
const CodeTileFns quantized_conv_tile_fns = {tile_product};

}  // namespace hone::HONE_ISA
