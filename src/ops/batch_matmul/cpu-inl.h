// batch_matmul for one instruction set.
#include "ops/batch_matmul/cpu.h"

namespace hone::HONE_ISA {
namespace {

constexpr int kV = kTileVectors;

inline F load_up_to(const float* p, int n) { return n >= 16 ? load(p) : load_part(p, n); }

// As many accumulators as there are registers, so all loops over rows and vectors are unrolled.
template <int R>
void tile(const float* a, const float* b, int64_t ldb, int64_t k, bool fresh, float* y, int64_t ldy,
          int n) {
  F all[R][kV];
#pragma GCC unroll 16
  for (int r = 0; r < R; ++r) {
#pragma GCC unroll 4
    for (int v = 0; v < kV; ++v) all[r][v] = set(0.0f);
  }
  if (!fresh) {
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
#pragma GCC unroll 4
      for (int v = 0; v < kV; ++v) {
        if (n > 16 * v) all[r][v] = load_up_to(y + r * ldy + 16 * v, n - 16 * v);
      }
    }
  }
  for (int64_t i = 0; i < k; ++i, a += R, b += ldb) {
    F column[kV];
#pragma GCC unroll 4
    for (int v = 0; v < kV; ++v) column[v] = load(b + 16 * v);
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
      const F x = set(a[r]);
#pragma GCC unroll 4
      for (int v = 0; v < kV; ++v) all[r][v] = fma(x, column[v], all[r][v]);
    }
  }
#pragma GCC unroll 16
  for (int r = 0; r < R; ++r) {
#pragma GCC unroll 4
    for (int v = 0; v < kV; ++v) {
      float* to = y + r * ldy + 16 * v;
      if (n >= 16 * (v + 1)) {
        store(to, all[r][v]);
      } else if (n > 16 * v) {
        store_part(to, all[r][v], n - 16 * v);
      }
    }
  }
}

// The tile of R rows, or none if the set's registers do not hold so many.
template <int R>
constexpr BatchMatmulFns::Tile of() {
  if constexpr (R <= kTileRows) {
    return tile<R>;
  } else {
    return nullptr;
  }
}

}  // namespace

extern const BatchMatmulFns batch_matmul_fns;
const BatchMatmulFns batch_matmul_fns = {
    kTileRows,
    16 * kV,
    {nullptr, of<1>(), of<2>(), of<3>(), of<4>(), of<5>(), of<6>(), of<7>(), of<8>(), of<9>(),
     of<10>(), of<11>(), of<12>(), of<13>(), of<14>()}};

}  // namespace hone::HONE_ISA
