// AVX-512 with products of tiles: avx512bf16.h in a unit that is compiled for AMX.
//
// A tile is a register of up to 16 rows of 64 bytes. Products add to a tile C of 32-bit sums:
// C[m][n] += A[m][4 k + i] * B[k][4 n + i] of 8-bit codes, i = 0 ... 3, and C[m][n] +=
// A[m][2 k + i] * B[k][2 n + i] of bf16. Here tiles 0 to 3 are sums of two tiles of rows times two
// of columns, 4 and 5 their rows (A), 6 and 7 their columns (B).
#pragma once

#include "backend/cpu/simd/avx512bf16.h"

namespace hone::amx {

using namespace avx512bf16;  // NOLINT(google-build-using-namespace): one set more than another

// As ldtilecfg reads it.
struct alignas(64) TileConfig {
  uint8_t palette, start_row, reserved[14];
  uint16_t row_bytes[16];
  uint8_t rows[16];
};

// The tiles of this thread between its construction and its end, behind which they must not be
// in use: a thread that has none is switched faster. All are zeros at first.
class Tiles {
 public:
  // Tiles of A with so many rows of `depth` bytes, a multiple of 4.
  Tiles(int64_t rows, int64_t depth) {
    TileConfig config = {};
    config.palette = 1;
    for (int i = 0; i < 8; ++i) {
      config.rows[i] = static_cast<uint8_t>(i < 6 ? rows : depth / 4);
      config.row_bytes[i] = static_cast<uint16_t>(i == 4 || i == 5 ? depth : 64);
    }
    __asm__ volatile("" : : "m"(config));  // GCC 12's intrinsic reads 8 bytes of it, as it says
    _tile_loadconfig(&config);
  }
  Tiles(const Tiles&) = delete;
  Tiles& operator=(const Tiles&) = delete;
  ~Tiles() { _tile_release(); }
};

// Compilers do not know what tile loads read; what was stored before must be in memory.
static inline void before_tiles() { __asm__ volatile("" ::: "memory"); }

}  // namespace hone::amx
