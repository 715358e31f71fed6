// What the batch_matmul kernels of each instruction set take. Plain data only.
#pragma once

#include <stdint.h>

namespace hone {

inline constexpr int kMostTileRows = 14;

struct BatchMatmulFns {
  // A tile of the result: R rows x n columns (n <= `columns`) += a b, or = a b if `fresh`. a holds
  // R numbers for each of k, b `columns` numbers that lie ldb apart. Each sum runs in the order of
  // k, whatever R and n are.
  using Tile = void (*)(const float* a, const float* b, int64_t ldb, int64_t k, bool fresh,
                        float* y, int64_t ldy, int n);
  int rows;                       // of a full tile
  int columns;                    // a multiple of 16
  Tile tiles[kMostTileRows + 1];  // by R
};

}  // namespace hone
