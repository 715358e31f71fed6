// conv on bf16 by tiles: weights of 16 channels are rows, places are columns.
#include "ops/conv/cpu_bf16.h"

namespace hone::HONE_ISA {
namespace {

#include "backend/cpu/simd/math-inl.h"
#include "backend/cpu/simd/unary-inl.h"

#include "backend/cpu/simd/epilogue-inl.h"

#include "ops/conv/cpu_lanes-inl.h"

constexpr int64_t kChannels = 16, kLanes = 16;
// Weights of a task that stay in the second cache while all its places are computed.
constexpr int64_t kNearWeights = 768 * 1024;

struct alignas(64) StoredTiles {
  float sums[4][kChannels][kLanes];
};

// Up to two blocks of channels at up to two times 16 places.
template <int blocks, int columns>
void sum_tiles(const ConvBf16Product& t, int64_t block, int64_t lane, StoredTiles& stored) {
  _tile_zero(0);
  if constexpr (columns == 2) _tile_zero(1);
  if constexpr (blocks == 2) _tile_zero(2);
  if constexpr (blocks == 2 && columns == 2) _tile_zero(3);
  const int64_t tile = kChannels * t.pairs_at_once, row_bytes = t.pairs_at_once * 4;
  const int64_t steps = t.pair_groups * t.kernel_taps, pair_bytes = t.pair_stride * 4;
  const float *a = t.all.weights + block * steps * tile, *a2 = a + steps * tile;
  const float* slab = t.all.slab + lane;
  for (int64_t g = 0; g < t.pair_groups; ++g, slab += t.pairs_at_once * t.pair_stride) {
    for (int64_t k = 0; k < t.kernel_taps; ++k, a += tile, a2 += tile) {
      const float* x = slab + t.all.offsets[k];
      _tile_loadd(6, x, pair_bytes);
      _tile_loadd(4, a, row_bytes);
      _tile_dpbf16ps(0, 4, 6);
      if constexpr (columns == 2) {
        _tile_loadd(7, x + kLanes, pair_bytes);
        _tile_dpbf16ps(1, 4, 7);
      }
      if constexpr (blocks == 2) {
        _tile_loadd(5, a2, row_bytes);
        _tile_dpbf16ps(2, 5, 6);
      }
      if constexpr (blocks == 2 && columns == 2) _tile_dpbf16ps(3, 5, 7);
    }
  }
  _tile_stored(0, stored.sums[0], 64);
  if constexpr (columns == 2) _tile_stored(1, stored.sums[1], 64);
  if constexpr (blocks == 2) _tile_stored(2, stored.sums[2], 64);
  if constexpr (blocks == 2 && columns == 2) _tile_stored(3, stored.sums[3], 64);
}

template <int blocks, int columns>
void some_tiles(const ConvBf16Product& t, int64_t block, int64_t lane, int64_t lanes) {
  constexpr int kRows = 8;
  StoredTiles stored;
  sum_tiles<blocks, columns>(t, block, lane, stored);
  for (int64_t first = 0; first < blocks * kChannels; first += kRows) {
    const int64_t channel = block * kChannels + first;
    if (channel >= t.all.channels) return;
    F sums[kRows][columns];
    for (int r = 0; r < kRows; ++r) {
      const F bias = set(t.all.bias[channel + r]);
      for (int c = 0; c < columns; ++c) {
        const int64_t row = first % kChannels + r;
        sums[r][c] = add(load(stored.sums[2 * (first / kChannels) + c][row]), bias);
      }
    }
    store_block<columns>(t.all, channel, lane, lanes, sums);
  }
}

template <int blocks>
void some_places(const ConvBf16Product& t, int64_t block, int64_t lane, int64_t lanes) {
  if (lanes - lane > kLanes) return some_tiles<blocks, 2>(t, block, lane, lanes);
  some_tiles<blocks, 1>(t, block, lane, lanes);
}

// Weights are read again for all places, or x for all channels, whichever is nearer.
void tile_product(const ConvBf16Product& t) {
  before_tiles();
  const Tiles configured(kChannels, t.pairs_at_once * 4);
  const ConvProduct& p = t.all;
  const int64_t lanes = (p.rows - 1) * p.pitch + p.columns, end = p.first_block + p.blocks;
  const auto both_blocks = [&](int64_t block, int64_t lane) {
    if (block + 2 <= end) return some_places<2>(t, block, lane, lanes);
    some_places<1>(t, block, lane, lanes);
  };
  const int64_t weights =
      p.blocks * kChannels * t.pair_groups * t.kernel_taps * t.pairs_at_once * 4;
  if (weights <= kNearWeights) {
    for (int64_t lane = 0; lane < lanes; lane += 2 * kLanes) {
      for (int64_t b = p.first_block; b < end; b += 2) both_blocks(b, lane);
    }
    return;
  }
  for (int64_t b = p.first_block; b < end; b += 2) {
    for (int64_t lane = 0; lane < lanes; lane += 2 * kLanes) both_blocks(b, lane);
  }
}

}  // namespace

extern const ConvBf16TileFns conv_bf16_tile_fns;
const ConvBf16TileFns conv_bf16_tile_fns = {tile_product};

}  // namespace hone::HONE_ISA
