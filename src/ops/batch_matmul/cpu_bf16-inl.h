// batch_matmul on bf16 for one instruction set that multiplies pairs of it.
#include "ops/batch_matmul/cpu_bf16.h"

namespace hone::HONE_ISA {
namespace {

constexpr int kV = kTileVectors;

inline F load_up_to(const float* p, int n) { return n >= 16 ? load(p) : load_part(p, n); }

// As many accumulators as there are registers, so all loops over rows and vectors are unrolled.
template <int R>
void tile(const uint32_t* a, int64_t lda, const uint32_t* b, int64_t pairs, bool fresh, float* y,
          int64_t ldy, int n) {
  F all[R][kV];
#pragma GCC unroll 16
  for (int r = 0; r < R; ++r) {
#pragma GCC unroll 4
    for (int v = 0; v < kV; ++v) {
      const bool add = !fresh && n > 16 * v;
      all[r][v] = add ? load_up_to(y + r * ldy + 16 * v, n - 16 * v) : set(0.0f);
    }
  }
  for (int64_t i = 0; i < pairs; ++i, b += 16 * kV) {
    F column[kV];
#pragma GCC unroll 4
    for (int v = 0; v < kV; ++v) column[v] = load_pairs(b + 16 * v);
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
      const F x = set_pair(a[r * lda + i]);
#pragma GCC unroll 4
      for (int v = 0; v < kV; ++v) all[r][v] = dot_pairs(all[r][v], x, column[v]);
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

void round_row(const float* x, int64_t count, uint32_t* pairs) {
  for (; count >= 32; count -= 32, x += 32, pairs += 16) {
    store_pairs(pairs, load(x), load(x + 16));
  }
  if (count == 0) return;
  const int left = static_cast<int>(count);
  uint32_t last[16];
  store_pairs(last, load_up_to(x, left), left > 16 ? load_part(x + 16, left - 16) : set(0.0f));
  memcpy(pairs, last, sizeof(uint32_t) * static_cast<size_t>((left + 1) / 2));
}

// The tile of R rows, or none if the set's registers do not hold so many.
template <int R>
constexpr MatmulBf16Fns::Tile of() {
  if constexpr (R <= kTileRows) {
    return tile<R>;
  } else {
    return nullptr;
  }
}

}  // namespace

extern const MatmulBf16Fns matmul_bf16_fns;
const MatmulBf16Fns matmul_bf16_fns = {
    kTileRows,
    16 * kV,
    {nullptr, of<1>(), of<2>(), of<3>(), of<4>(), of<5>(), of<6>(), of<7>(), of<8>(), of<9>(),
     of<10>(), of<11>(), of<12>(), of<13>(), of<14>()},
    round_row};

}  // namespace hone::HONE_ISA
