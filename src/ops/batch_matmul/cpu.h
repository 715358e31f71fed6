// What the batch_matmul kernels of each instruction set take. Plain data only.
#pragma once

#include <stdint.h>

#include "backend/cpu/isa_sizes.h"

namespace hone {

inline constexpr int kMostTileRows = 14;

// A tile of the result: R rows of `columns` columns += a b, or = a b if `fresh`. Each sum runs in
// the order of k, whatever R and the columns are.
struct MatmulTile {
  const float* a;
  int64_t a_row, a_k;  // strides of a's rows and of its places
  const float* b;      // panels of BatchMatmulFns::columns numbers
  int64_t b_k;         // stride of b's places
  int64_t k;
  const float* next;  // 16 * k numbers that will be wanted soon
  float* y;
  int64_t y_row;
  int columns;  // 1 to BatchMatmulFns::columns
  bool fresh;
};

// BatchMatmulFns::columns, also of sets of other architectures.
constexpr int tile_columns(const IsaSizes& isa) { return 16 * isa.tile_vectors; }

struct BatchMatmulFns {
  using Tile = void (*)(const MatmulTile&);
  int rows;                       // of a full tile
  int columns;                    // a multiple of 16
  Tile tiles[kMostTileRows + 1];  // by R
};

}  // namespace hone
