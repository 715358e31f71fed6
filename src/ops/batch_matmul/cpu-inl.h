// batch_matmul for one instruction set.
#include "ops/batch_matmul/cpu.h"

namespace hone::HONE_ISA {
namespace {

#include "backend/cpu/simd/row_pointers-inl.h"

static_assert(isa_sizes::HONE_ISA == IsaSizes{kRowsAtOnce, kTileVectors});
constexpr int kV = kTileVectors;
constexpr int kTileColumns = tile_columns(isa_sizes::HONE_ISA);

inline F load_up_to(const float* p, int n) { return n >= 16 ? load(p) : load_part(p, n); }

// As many accumulators as there are registers, so all loops over rows and vectors are unrolled.
template <int R>
void tile(const MatmulTile& t) {
  F all[R][kV];
#pragma GCC unroll 16
  for (int r = 0; r < R; ++r) {
#pragma GCC unroll 4
    for (int v = 0; v < kV; ++v) {
      const bool add = !t.fresh && t.columns > 16 * v;
      all[r][v] = add ? load_up_to(t.y + r * t.y_row + 16 * v, t.columns - 16 * v) : set(0.0f);
    }
  }
  const int64_t a_step = t.a_k, b_step = t.b_k;
  RowPointers<R> a(t.a, t.a_row);
  const float *b = t.b, *next = t.next;
  for (int64_t i = 0; i < t.k; ++i, a.step(a_step), b += b_step, next += 16) {
    __builtin_prefetch(next, 0, 2);
    F column[kV];
#pragma GCC unroll 4
    for (int v = 0; v < kV; ++v) column[v] = load(b + 16 * v);
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
      const F x = a.take(r);
#pragma GCC unroll 4
      for (int v = 0; v < kV; ++v) all[r][v] = fma(x, column[v], all[r][v]);
    }
  }
#pragma GCC unroll 16
  for (int r = 0; r < R; ++r) {
#pragma GCC unroll 4
    for (int v = 0; v < kV; ++v) {
      float* to = t.y + r * t.y_row + 16 * v;
      if (t.columns >= 16 * (v + 1)) {
        store(to, all[r][v]);
      } else if (t.columns > 16 * v) {
        store_part(to, all[r][v], t.columns - 16 * v);
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
    kTileColumns,
    {nullptr, of<1>(), of<2>(), of<3>(), of<4>(), of<5>(), of<6>(), of<7>(), of<8>(), of<9>(),
     of<10>(), of<11>(), of<12>(), of<13>(), of<14>()}};

}  // namespace hone::HONE_ISA
