// The probe's products of tiles of 8-bit codes.
#include "device/probe/kernels.h"

namespace hone::HONE_ISA {
namespace {

constexpr int64_t kTilesAtOnce = 32;

struct alignas(64) ProbeTile {
  uint8_t codes[16 * 64];
};

// Two tiles of rows times two of columns, as in a matrix product.
float probe_tiles(int64_t rounds) {
  ProbeTile rows, columns;
  for (int i = 0; i < 16 * 64; ++i) {
    rows.codes[i] = static_cast<uint8_t>(i % 16);
    columns.codes[i] = static_cast<uint8_t>(1 + i % 3);
  }
  before_tiles();
  const Tiles configured(16, 64);
  _tile_loadd(4, rows.codes, 64);
  _tile_loadd(5, rows.codes, 64);
  _tile_loadd(6, columns.codes, 64);
  _tile_loadd(7, columns.codes, 64);
  for (int64_t i = 0; i < rounds * kTilesAtOnce; ++i) {
    _tile_dpbusd(0, 4, 6);
    _tile_dpbusd(1, 4, 7);
    _tile_dpbusd(2, 5, 6);
    _tile_dpbusd(3, 5, 7);
  }
  alignas(64) int32_t sums[4][256];
  _tile_stored(0, sums[0], 64);
  _tile_stored(1, sums[1], 64);
  _tile_stored(2, sums[2], 64);
  _tile_stored(3, sums[3], 64);
  F total = set(0.0f);
  for (int i = 0; i < 4 * 256; i += 16) total = add(total, to_float(load_i(&sums[0][0] + i)));
  return sum(total);
}

}  // namespace

extern const ProbeTileFns probe_tile_fns;
const ProbeTileFns probe_tile_fns = {probe_tiles, int64_t{4} * 2 * 16 * 16 * 64 * kTilesAtOnce};

}  // namespace hone::HONE_ISA
