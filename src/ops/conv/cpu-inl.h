// conv for one instruction set.
#include "ops/conv/cpu.h"

namespace hone::HONE_ISA {
namespace {

#include "backend/cpu/simd/math-inl.h"
#include "backend/cpu/simd/transpose-inl.h"
#include "backend/cpu/simd/unary-inl.h"

#include "backend/cpu/simd/epilogue-inl.h"

static_assert(isa_sizes::HONE_ISA == IsaSizes{kRowsAtOnce, kTileVectors});
constexpr ConvSizes kSizes = conv_sizes(isa_sizes::HONE_ISA);

// Sums in registers: 8 channels x 48 places where there are 32 wide ones, else 6 x 16.
constexpr bool kManyRegisters = kRowsAtOnce == 16;
constexpr int kRows = kSizes.rows_at_once;
constexpr int kVectors = kManyRegisters ? 3 : 1;
constexpr int64_t kLanes = 16 * kVectors;

#include "ops/conv/cpu_lanes-inl.h"

// Vectors that lie `step` floats apart, with what the activation needs kept in registers.
void activate_all(const ConvEpilogue& e, float* values, int64_t vectors, int64_t step) {
  const float* end = values + vectors * step;
  if (e.activation == 3) {
    for (; values != end; values += step) store(values, silu(load(values)));
  } else if (e.activation != 0) {
    for (; values != end; values += step) {
      store(values, activate(e.activation, e.low, e.high, load(values)));
    }
  }
}

// One row of x into each column phase, by any stride.
void pack_row(const ConvSlab& s, const float* row, float* to) {
  for (int64_t pc = 0; pc < s.column_phases; ++pc, to += s.rows * s.pitch) {
    const int64_t begin = s.first[2] + s.column_phase[pc];
    for (int64_t i = 0; i < s.pitch; ++i) {
      const int64_t at = begin + i * s.stride[2];
      to[i] = at >= 0 && at < s.size[2] ? row[at] : 0;
    }
  }
}
void pack_row_1(const ConvSlab& s, const float* row, float* to) {
  for (int64_t i = 0; i < s.pitch; i += 16) {
    const int64_t at = s.first[2] + i;
    store_some(to + i, load_near(row + at, -at, s.size[2] - at), s.pitch - i);
  }
}
void pack_row_2(const ConvSlab& s, const float* row, float* to) {
  for (int64_t i = 0; i < s.pitch; i += 16) {
    const int64_t at = s.first[2] + 2 * i, left = s.size[2] - at;
    const F a = load_near(row + at, -at, left);
    const F b = load_near(row + at + 16, -at - 16, left - 16);
    for (int64_t pc = 0; pc < s.column_phases; ++pc) {
      const F sorted = s.column_phase[pc] == 0 ? even(a, b) : odd(a, b);
      store_some(to + pc * s.rows * s.pitch + i, sorted, s.pitch - i);
    }
  }
}

// One channel at one depth.
float* pack_planes(const ConvSlab& s, const float* x, bool outside, float* to) {
  const auto one_row = s.stride[2] == 1 ? pack_row_1 : s.stride[2] == 2 ? pack_row_2 : pack_row;
  const int64_t plane = s.rows * s.pitch;
  for (int64_t pr = 0; pr < s.row_phases; ++pr, to += s.column_phases * plane) {
    for (int64_t j = 0; j < s.rows; ++j) {
      const int64_t row = s.first[1] + s.row_phase[pr] + j * s.stride[1];
      if (!outside && row >= 0 && row < s.size[1]) {
        one_row(s, x + row * s.size[2], to + j * s.pitch);
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
  for (int64_t c = 0; c < s.channels; ++c) {
    const float* x = s.x + c * s.channel_stride;
    for (int64_t d = 0; d < s.depth_taps; ++d) {
      const int64_t depth = s.first[0] + d * s.depth_step;
      const bool outside = depth < 0 || depth >= s.size[0];
      to = pack_planes(s, outside ? x : x + depth * s.size[1] * s.size[2], outside, to);
    }
  }
}

template <int vectors>
struct Sums {
  F v[kRows][vectors];
};

template <int vectors>
inline void multiply(const ConvProduct& p, const float* weights, const float* lanes,
                     Sums<vectors>& sums) {
  for (int64_t k = 0; k < p.taps; ++k, weights += kRows) {
    const float *x = lanes + p.offsets[k], *ahead = lanes + p.offsets[k + kConvTapsAhead];
    F b[vectors];
    for (int v = 0; v < vectors; ++v) {
      b[v] = load(x + 16 * v);
      __builtin_prefetch(ahead + 16 * v);
    }
#pragma GCC unroll 8
    for (int r = 0; r < kRows; ++r) {
      const F a = set(weights[r]);
      for (int v = 0; v < vectors; ++v) sums.v[r][v] = fma(a, b[v], sums.v[r][v]);
    }
  }
}

template <int vectors>
void block(const ConvProduct& p, int64_t index, int64_t lane, int64_t lanes) {
  Sums<vectors> sums;
  const int64_t first = index * kRows;
  for (int r = 0; r < kRows; ++r) {
    for (int v = 0; v < vectors; ++v) sums.v[r][v] = set(p.bias[first + r]);
  }
  multiply<vectors>(p, p.weights + first * p.taps, p.slab + lane, sums);
  store_block<vectors>(p, first, lane, lanes, sums.v);
}

void product(const ConvProduct& p) {
  const int64_t lanes = (p.rows - 1) * p.pitch + p.columns;
  for (int64_t i = p.first_block; i < p.first_block + p.blocks; ++i) {
    for (int64_t lane = 0; lane < lanes; lane += kLanes) {
      const int64_t vectors = (lanes - lane + 15) / 16;
      if constexpr (kVectors == 3) {
        if (vectors >= 3) {
          block<3>(p, i, lane, lanes);
        } else if (vectors == 2) {
          block<2>(p, i, lane, lanes);
        } else {
          block<1>(p, i, lane, lanes);
        }
      } else {
        block<1>(p, i, lane, lanes);
      }
    }
  }
}

#include "ops/conv/cpu_channels-inl.h"

#include "ops/conv/cpu_winograd-inl.h"

inline void store_row(const ConvDepthwise& d, F sum, int64_t row, int64_t column) {
  const int64_t at = row * d.row_stride + column, n = d.columns - column;
  const float* residual = d.residual == nullptr ? nullptr : d.residual + at;
  store_some(d.y + at, finish(d.epilogue, sum, residual, n), n);
}

void depthwise(const ConvDepthwise& d) {
  for (int64_t row = 0; row < d.rows; ++row) {
    for (int64_t column = 0; column < d.columns; column += 16) {
      const float* x = d.slab + row * d.pitch + column;
      F sum = set(d.bias);
      for (int64_t k = 0; k < d.taps; ++k) {
        sum = fma(set(d.weights[k]), load(x + d.offsets[k]), sum);
      }
      store_row(d, sum, row, column);
    }
  }
}

// `rows` rows of the result at once share the rows of x that they see.
template <int kernel, int stride, int rows>
inline void depthwise_rows(const ConvDepthwise& d, int64_t row) {
  for (int64_t column = 0; column < d.columns; column += 16) {
    const float* x = d.slab + row * d.pitch + column;
    F sums[rows];
    for (int r = 0; r < rows; ++r) sums[r] = set(d.bias);
#pragma GCC unroll 16
    for (int i = 0; i < (rows - 1) * stride + kernel; ++i) {
      const float* planes = x + i % stride * d.column_phases * d.plane + i / stride * d.pitch;
#pragma GCC unroll 8
      for (int k = 0; k < kernel; ++k) {
        const F v = load(planes + k % stride * d.plane + k / stride);
#pragma GCC unroll 8
        for (int r = 0; r < rows; ++r) {
          const int tap = i - r * stride;
          if (tap < 0 || tap >= kernel) continue;
          sums[r] = fma(set(d.weights[tap * kernel + k]), v, sums[r]);
        }
      }
    }
    for (int r = 0; r < rows; ++r) store_row(d, sums[r], row + r, column);
  }
}

#include "ops/conv/cpu_direct-inl.h"

template <int kernel, int stride>
void depthwise_square(const ConvDepthwise& d) {
  int64_t row = 0;
  for (; row + 4 <= d.rows; row += 4) depthwise_rows<kernel, stride, 4>(d, row);
  if (d.rows - row == 3) depthwise_rows<kernel, stride, 3>(d, row);
  if (d.rows - row == 2) depthwise_rows<kernel, stride, 2>(d, row);
  if (d.rows - row == 1) depthwise_rows<kernel, stride, 1>(d, row);
}

// What tap `shift` columns to the right of their places sees, zeros beyond the row's ends.
inline F in_row(F x, F column, int shift, int64_t columns) {
  const F zero = set(0.0f);
  if (shift < 0) return where_less(column, set(static_cast<float>(-shift)), zero, x);
  if (shift == 0) return x;
  return where_less(column, set(static_cast<float>(columns - shift)), x, zero);
}

template <int kernel>
void same(const ConvSame& d) {
  constexpr int kBegin = kernel / 2;
  for (int64_t place = 0; place < d.places; place += 16) {
    const F column = load(d.column + place);
    F sum = set(d.bias);
#pragma GCC unroll 8
    for (int i = 0; i < kernel; ++i) {
#pragma GCC unroll 8
      for (int k = 0; k < kernel; ++k) {
        const int64_t at = place + (i - kBegin) * d.columns + k - kBegin;
        const F x = in_row(load_near(d.x + at, -at, d.places - at), column, k - kBegin, d.columns);
        sum = fma(set(d.weights[i * kernel + k]), x, sum);
      }
    }
    const int64_t left = d.places - place;
    const float* residual = d.residual == nullptr ? nullptr : d.residual + place;
    store_some(d.y + place, finish(d.epilogue, sum, residual, left), left);
  }
}

// `channels` times `places` dot products.
template <int channels, int places>
inline void dot_block(const ConvDots& d, int64_t channel, int64_t place, float (&sums)[][16]) {
  const float *weights = d.weights + channel * d.taps, *rows = d.rows + place * d.taps;
  F all[channels][places];
  for (int c = 0; c < channels; ++c) {
    for (int p = 0; p < places; ++p) all[c][p] = set(0.0f);
  }
  for (int64_t i = 0; i < d.taps; i += 16) {
    F x[places];
    for (int p = 0; p < places; ++p) x[p] = load_some(rows + p * d.taps + i, d.taps - i);
    for (int c = 0; c < channels; ++c) {
      const F w = load_some(weights + c * d.taps + i, d.taps - i);
      for (int p = 0; p < places; ++p) all[c][p] = fma(w, x[p], all[c][p]);
    }
  }
  for (int c = 0; c < channels; ++c) {
    for (int p = 0; p < places; ++p) sums[c][place + p] = sum(all[c][p]);
  }
}

template <int channels>
void dot_channels(const ConvDots& d, int64_t channel) {
  float sums[channels][16] = {};
  int64_t place = 0;
  for (; place + 4 <= d.places; place += 4) dot_block<channels, 4>(d, channel, place, sums);
  for (; place < d.places; ++place) dot_block<channels, 1>(d, channel, place, sums);
  ConvEpilogue epilogue = d.epilogue;
  for (int64_t c = channel; c < channel + channels; ++c) {
    if (d.slopes != nullptr) epilogue.low = d.slopes[c];
    const F bias = set(d.bias == nullptr ? 0.0f : d.bias[c]);
    const float* residual = d.residual == nullptr ? nullptr : d.residual + c * d.places;
    const F y = finish(epilogue, add(load(sums[c - channel]), bias), residual, d.places);
    store_some(d.y + c * d.places, y, d.places);
  }
}

void dots(const ConvDots& d) {
  constexpr int kChannels = kManyRegisters ? 4 : 2;
  int64_t channel = 0;
  for (; channel + kChannels <= d.channels; channel += kChannels) {
    dot_channels<kChannels>(d, channel);
  }
  for (; channel < d.channels; ++channel) dot_channels<1>(d, channel);
}

}  // namespace

extern const ConvFns conv_fns;
const ConvFns conv_fns = {kRows,
                          static_cast<int>(kLanes),
                          kTileChannels,
                          pack,
                          product,
                          product_channels,
                          winograd,
                          depthwise,
                          depthwise_square<3, 1>,
                          depthwise_square<3, 2>,
                          depthwise_square<5, 1>,
                          depthwise_square<5, 2>,
                          kDirectColumns,
                          direct<3, 1>,
                          direct<3, 2>,
                          direct<5, 1>,
                          direct<5, 2>,
                          dots,
                          same<3>,
                          same<5>};

}  // namespace hone::HONE_ISA
