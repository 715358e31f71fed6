// What the batch_matmul kernels on bf16 take. Plain data only. A pair is two neighboring bf16
// numbers of k in 32 bits, the first in the low half.
#pragma once

#include <stdint.h>

#include "ops/batch_matmul/cpu.h"

namespace hone {

struct MatmulBf16Fns {
  // A tile of the result: R rows x n columns (n <= `columns`) += a b, or = a b if `fresh`. a holds
  // rows of pairs that lie lda apart, b `columns` pairs for each of a's.
  using Tile = void (*)(const uint32_t* a, int64_t lda, const uint32_t* b, int64_t pairs,
                        bool fresh, float* y, int64_t ldy, int n);
  int rows;                       // of a full tile
  int columns;                    // a multiple of 16
  Tile tiles[kMostTileRows + 1];  // by R
  // Rounds a row of `count` numbers to (count + 1) / 2 pairs; behind an odd one stands a zero.
  void (*round)(const float* x, int64_t count, uint32_t* pairs);
};

inline constexpr int64_t kBf16TilePairs = 16, kBf16TileColumns = 32;

// A block of the result: rows x columns += a b, or = a b if `fresh`. Pairs are filled with zeros up
// to a multiple of kBf16TilePairs on both sides; rows of a are there up to a multiple of 16.
struct MatmulBf16Tiles {
  const uint32_t* a;
  int64_t lda, rows;
  const uint32_t* b;  // panels of kBf16TileColumns
  int64_t panel;      // from one to the next
  int64_t pairs;
  bool fresh;
  float* y;
  int64_t ldy, columns;
};

// Of sets that have tiles.
struct MatmulBf16TileFns {
  void (*product)(const MatmulBf16Tiles&);
};

}  // namespace hone
