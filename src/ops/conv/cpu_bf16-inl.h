// conv on bf16 for one instruction set that multiplies pairs of it.
#include "ops/conv/cpu_bf16.h"

namespace hone::HONE_ISA {
namespace {

#include "backend/cpu/simd/math-inl.h"
#include "backend/cpu/simd/unary-inl.h"

#include "backend/cpu/simd/epilogue-inl.h"

#include "ops/conv/cpu_lanes-inl.h"

constexpr int kRows = 8, kVectors = 3;
constexpr int64_t kLanes = 16 * kVectors;

// A row of two channels; the second is null where their number is odd.
struct Rows {
  const float *first, *second;
};

inline F pair_near(const Rows& rows, int64_t at, int64_t size) {
  const F a = load_near(rows.first + at, -at, size - at);
  return rows.second == nullptr ? pair(a, set(0.0f))
                                : pair(a, load_near(rows.second + at, -at, size - at));
}

// Into each column phase, by any stride.
void pack_row(const ConvSlab& s, const Rows& rows, float* to) {
  for (int64_t pc = 0; pc < s.column_phases; ++pc, to += s.rows * s.pitch) {
    const int64_t begin = s.first[2] + s.column_phase[pc];
    for (int64_t i = 0; i < s.pitch; i += 16) {
      float a[16] = {}, b[16] = {};
      for (int64_t j = 0; j < 16; ++j) {
        const int64_t at = begin + (i + j) * s.stride[2];
        if (at < 0 || at >= s.size[2]) continue;
        a[j] = rows.first[at];
        if (rows.second != nullptr) b[j] = rows.second[at];
      }
      store_some(to + i, pair(load(a), load(b)), s.pitch - i);
    }
  }
}
void pack_row_1(const ConvSlab& s, const Rows& rows, float* to) {
  for (int64_t i = 0; i < s.pitch; i += 16) {
    store_some(to + i, pair_near(rows, s.first[2] + i, s.size[2]), s.pitch - i);
  }
}
void pack_row_2(const ConvSlab& s, const Rows& rows, float* to) {
  for (int64_t i = 0; i < s.pitch; i += 16) {
    const int64_t at = s.first[2] + 2 * i;
    const F a = pair_near(rows, at, s.size[2]), b = pair_near(rows, at + 16, s.size[2]);
    for (int64_t pc = 0; pc < s.column_phases; ++pc) {
      const F sorted = s.column_phase[pc] == 0 ? even(a, b) : odd(a, b);
      store_some(to + pc * s.rows * s.pitch + i, sorted, s.pitch - i);
    }
  }
}

// Two channels at one depth.
float* pack_planes(const ConvSlab& s, const Rows& planes, bool outside, float* to) {
  const auto one_row = s.stride[2] == 1 ? pack_row_1 : s.stride[2] == 2 ? pack_row_2 : pack_row;
  const int64_t plane = s.rows * s.pitch;
  for (int64_t pr = 0; pr < s.row_phases; ++pr, to += s.column_phases * plane) {
    for (int64_t j = 0; j < s.rows; ++j) {
      const int64_t row = s.first[1] + s.row_phase[pr] + j * s.stride[1];
      if (!outside && row >= 0 && row < s.size[1]) {
        const int64_t at = row * s.size[2];
        const float* second = planes.second == nullptr ? nullptr : planes.second + at;
        one_row(s, {planes.first + at, second}, to + j * s.pitch);
        continue;
      }
      for (int64_t pc = 0; pc < s.column_phases; ++pc) {
        memset(to + pc * plane + j * s.pitch, 0, sizeof(float) * static_cast<size_t>(s.pitch));
      }
    }
  }
  return to;
}

void pack(const ConvSlab& s) {
  float* to = s.slab;
  for (int64_t c = 0; c < s.channels; c += 2) {
    const float* x = s.x + c * s.channel_stride;
    for (int64_t d = 0; d < s.depth_taps; ++d) {
      const int64_t depth = s.first[0] + d * s.depth_step;
      const bool outside = depth < 0 || depth >= s.size[0];
      const float* first = outside ? x : x + depth * s.size[1] * s.size[2];
      const float* second = c + 1 < s.channels ? first + s.channel_stride : nullptr;
      to = pack_planes(s, {first, second}, outside, to);
    }
  }
}

template <int vectors>
void block(const ConvProduct& p, int64_t index, int64_t lane, int64_t lanes) {
  F sums[kRows][vectors];
  const int64_t first = index * kRows;
  for (int r = 0; r < kRows; ++r) {
    for (int v = 0; v < vectors; ++v) sums[r][v] = set(p.bias[first + r]);
  }
  const float *weights = p.weights + first * p.taps, *slab = p.slab + lane;
  for (int64_t k = 0; k < p.taps; ++k, weights += kRows) {
    const float* x = slab + p.offsets[k];
    F b[vectors];
    for (int v = 0; v < vectors; ++v) b[v] = load(x + 16 * v);
#pragma GCC unroll 8
    for (int r = 0; r < kRows; ++r) {
      const F a = set(weights[r]);
      for (int v = 0; v < vectors; ++v) sums[r][v] = dot_pairs(sums[r][v], a, b[v]);
    }
  }
  store_block<vectors>(p, first, lane, lanes, sums);
}

// So few places at the end of a tile (of 7 x 7, one behind 48) leave most lanes empty: here
// channels are lanes, and blocks side by side hide the latency of a product. Sums run in the same
// order.
constexpr int kFewPlaces = 4, kBlocksAtOnce = 4;

template <int blocks, int places>
void few_places(const ConvProduct& p, int64_t index, int64_t lanes) {
  F sums[blocks][places];
  for (int b = 0; b < blocks; ++b) {
    for (int i = 0; i < places; ++i) sums[b][i] = load(p.bias + (index + b) * kRows);
  }
  const float *weights = p.weights + index * kRows * p.taps, *slab = p.slab + lanes - places;
  for (int64_t k = 0; k < p.taps; ++k, weights += kRows) {
    F x[places];
    for (int i = 0; i < places; ++i) x[i] = set(slab[p.offsets[k] + i]);
    for (int b = 0; b < blocks; ++b) {
      const F a = load(weights + b * kRows * p.taps);  // its upper half is the next tap's
      for (int i = 0; i < places; ++i) sums[b][i] = dot_pairs(sums[b][i], a, x[i]);
    }
  }
  for (int b = 0; b < blocks; ++b) {
    float by_place[places][16], by_channel[kRows][16] = {};
    for (int i = 0; i < places; ++i) store(by_place[i], sums[b][i]);
    F rows[kRows][1];
    for (int r = 0; r < kRows; ++r) {
      for (int i = 0; i < places; ++i) by_channel[r][i] = by_place[i][r];
      rows[r][0] = load(by_channel[r]);
    }
    store_block<1>(p, (index + b) * kRows, lanes - places, lanes, rows);
  }
}

template <int places>
void few_places(const ConvProduct& p, int64_t lanes) {
  const int64_t end = p.first_block + p.blocks;
  int64_t i = p.first_block;
  for (; i + kBlocksAtOnce <= end; i += kBlocksAtOnce) {
    few_places<kBlocksAtOnce, places>(p, i, lanes);
  }
  for (; i < end; ++i) few_places<1, places>(p, i, lanes);
}

void full_places(const ConvProduct& p, int64_t lanes) {
  for (int64_t i = p.first_block; i < p.first_block + p.blocks; ++i) {
    for (int64_t lane = 0; lane < lanes; lane += kLanes) {
      const int64_t vectors = (lanes - lane + 15) / 16;
      if (vectors >= 3) {
        block<3>(p, i, lane, lanes);
      } else if (vectors == 2) {
        block<2>(p, i, lane, lanes);
      } else {
        block<1>(p, i, lane, lanes);
      }
    }
  }
}

void product(const ConvProduct& p) {
  const int64_t lanes = (p.rows - 1) * p.pitch + p.columns, few = lanes % kLanes;
  full_places(p, few <= kFewPlaces ? lanes - few : lanes);
  if (few == 1) few_places<1>(p, lanes);
  if (few == 2) few_places<2>(p, lanes);
  if (few == 3) few_places<3>(p, lanes);
  if (few == kFewPlaces) few_places<kFewPlaces>(p, lanes);
}

}  // namespace

extern const ConvBf16Fns conv_bf16_fns;
const ConvBf16Fns conv_bf16_fns = {kRows, static_cast<int>(kLanes), pack, product};

}  // namespace hone::HONE_ISA
