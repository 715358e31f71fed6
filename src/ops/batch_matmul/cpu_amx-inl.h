// batch_matmul on bf16 by tiles.
#include "ops/batch_matmul/cpu_bf16.h"

namespace hone::HONE_ISA {
namespace {

constexpr int64_t kLanes = 16;

template <int tile>
inline void zero_tile() {
  if constexpr (tile == 0) _tile_zero(0);
  if constexpr (tile == 1) _tile_zero(1);
  if constexpr (tile == 2) _tile_zero(2);
  if constexpr (tile == 3) _tile_zero(3);
}
template <int tile>
inline void load_tile(const float* from, int64_t stride) {
  if constexpr (tile == 0) _tile_loadd(0, from, stride * 4);
  if constexpr (tile == 1) _tile_loadd(1, from, stride * 4);
  if constexpr (tile == 2) _tile_loadd(2, from, stride * 4);
  if constexpr (tile == 3) _tile_loadd(3, from, stride * 4);
}
template <int tile>
inline void store_tile(float* to, int64_t stride) {
  if constexpr (tile == 0) _tile_stored(0, to, stride * 4);
  if constexpr (tile == 1) _tile_stored(1, to, stride * 4);
  if constexpr (tile == 2) _tile_stored(2, to, stride * 4);
  if constexpr (tile == 3) _tile_stored(3, to, stride * 4);
}

// What a tile of sums covers of y; `size` rows are in the tile, of which some may lie beyond.
struct Part {
  float* y;
  int64_t stride, rows, columns, size;
  bool is_whole() const { return rows >= size && columns >= kLanes; }
};

// Copies what is there between y and a whole tile.
inline void copy_part(const Part& part, float* whole, bool into_y) {
  const int64_t rows = part.rows < part.size ? part.rows : part.size;
  for (int64_t r = 0; r < rows; ++r) {
    float *y = part.y + r * part.stride, *w = whole + r * kLanes;
    if (part.columns >= kLanes) {
      into_y ? store(y, load(w)) : store(w, load(y));
    } else {
      const int n = static_cast<int>(part.columns);
      into_y ? store_part(y, load_part(w, n), n) : store(w, load_part(y, n));
    }
  }
}

template <int tile>
void begin(const Part& part, bool fresh) {
  if (fresh) return zero_tile<tile>();
  if (part.is_whole()) return load_tile<tile>(part.y, part.stride);
  alignas(64) float whole[16 * kLanes] = {};
  copy_part(part, whole, false);
  before_tiles();
  load_tile<tile>(whole, kLanes);
}

template <int tile>
void end(const Part& part) {
  if (part.is_whole()) return store_tile<tile>(part.y, part.stride);
  alignas(64) float whole[16 * kLanes];
  store_tile<tile>(whole, kLanes);
  copy_part(part, whole, true);
}

// Up to two tiles of rows, of `size` each, from `row` on times up to two of columns.
template <int row_tiles, int columns>
void some_tiles(const MatmulBf16Tiles& t, int64_t row, int64_t size, int64_t column) {
  const auto part = [&](int64_t i, int64_t j) {
    const int64_t r = row + i * size, c = column + j * kLanes;
    return Part{t.y + r * t.ldy + c, t.ldy, t.rows - r, t.columns - c, size};
  };
  begin<0>(part(0, 0), t.fresh);
  if constexpr (columns == 2) begin<1>(part(0, 1), t.fresh);
  if constexpr (row_tiles == 2) begin<2>(part(1, 0), t.fresh);
  if constexpr (row_tiles == 2 && columns == 2) begin<3>(part(1, 1), t.fresh);
  const uint32_t *a = t.a + row * t.lda, *a2 = a + size * t.lda;
  const uint32_t* b = t.b + column / kBf16TileColumns * t.panel;
  const int64_t a_bytes = t.lda * 4;
  for (int64_t k = 0; k < t.pairs; k += kBf16TilePairs) {
    const uint32_t* w = b + k * kBf16TileColumns;
    _tile_loadd(6, w, kBf16TileColumns * 4);
    _tile_loadd(4, a + k, a_bytes);
    _tile_dpbf16ps(0, 4, 6);
    if constexpr (columns == 2) {
      _tile_loadd(7, w + kLanes, kBf16TileColumns * 4);
      _tile_dpbf16ps(1, 4, 7);
    }
    if constexpr (row_tiles == 2) {
      _tile_loadd(5, a2 + k, a_bytes);
      _tile_dpbf16ps(2, 5, 6);
    }
    if constexpr (row_tiles == 2 && columns == 2) _tile_dpbf16ps(3, 5, 7);
  }
  end<0>(part(0, 0));
  if constexpr (columns == 2) end<1>(part(0, 1));
  if constexpr (row_tiles == 2) end<2>(part(1, 0));
  if constexpr (row_tiles == 2 && columns == 2) end<3>(part(1, 1));
}

template <int columns>
void all_rows(const MatmulBf16Tiles& t, int64_t tiles, int64_t size, int64_t column) {
  int64_t i = 0;
  for (; i + 2 <= tiles; i += 2) some_tiles<2, columns>(t, i * size, size, column);
  if (i < tiles) some_tiles<1, columns>(t, i * size, size, column);
}

void tile_product(const MatmulBf16Tiles& t) {
  before_tiles();
  const int64_t tiles = (t.rows + 15) / 16, size = (t.rows + tiles - 1) / tiles;
  const Tiles configured(size, kBf16TilePairs * 4);
  for (int64_t column = 0; column < t.columns; column += kBf16TileColumns) {
    if (t.columns - column > kLanes) {
      all_rows<2>(t, tiles, size, column);
    } else {
      all_rows<1>(t, tiles, size, column);
    }
  }
}

}  // namespace

extern const MatmulBf16TileFns matmul_bf16_tile_fns;
const MatmulBf16TileFns matmul_bf16_tile_fns = {tile_product};

}  // namespace hone::HONE_ISA
