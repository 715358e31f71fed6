// Convolutions of 3 x 3 with stride 1 by Winograd's F(4 x 4, 3 x 3): 36 products for 16 places
// instead of 144. Included by cpu-inl.h.
//
// With B, A and G of the points 0, +-1/sqrt(2), +-sqrt(2) and infinity (Toom and Cook's
// construction), y = A' [(G w G') * (B' x B)] A. Of the sets of points whose even and odd parts can
// be shared it is the one that loses least: against sums in double over 64 channels of random
// numbers the error is 8.0e-7 of the result's deviation (at most 3.2e-6), where a plain sum in f32
// has 4.3e-7 (2.5e-6) and 0, +-1, +-2 have 1.7e-6 (1.7e-5).

constexpr float kHalfRoot = 0.70710678118654752f, kRoot = 1.41421356237309505f;

// B' along one axis.
inline void winograd_forward(const F (&x)[6], F (&v)[6]) {
  const F half_root = set(kHalfRoot), root = set(kRoot);
  v[0] = fma(set(-2.5f), x[2], add(x[0], x[4]));
  v[5] = fma(set(-2.5f), x[3], add(x[1], x[5]));
  const F near_even = fma(set(-2.0f), x[2], x[4]), near_odd = fma(set(-2.0f), x[1], x[3]);
  const F far_even = fma(set(-0.5f), x[2], x[4]), far_odd = fma(set(-0.5f), x[1], x[3]);
  v[1] = fma(half_root, near_odd, near_even);
  v[2] = fma(set(-kHalfRoot), near_odd, near_even);
  v[3] = fma(root, far_odd, far_even);
  v[4] = fma(set(-kRoot), far_odd, far_even);
}

// A' along one axis.
inline void winograd_back(const F (&m)[6], F (&y)[4]) {
  const F near_sum = add(m[1], m[2]), near_difference = sub(m[1], m[2]);
  const F far_sum = add(m[3], m[4]), far_difference = sub(m[3], m[4]);
  y[0] = add(m[0], add(near_sum, far_sum));
  y[1] = fma(set(kHalfRoot), near_difference, mul(set(kRoot), far_difference));
  y[2] = fma(set(0.5f), near_sum, mul(set(2.0f), far_sum));
  y[3] = fma(set(kHalfRoot / 2), near_difference, fma(set(2 * kRoot), far_difference, m[5]));
}

// Of a row of x, what column j of 16 tiles and more sees goes to plane j: each fourth element.
// `row` is null where all of it is padding.
void winograd_row(const ConvWinograd& w, const float* row, float* to) {
  for (int64_t t = 0; t < w.tile_columns; t += 16, to += 16) {
    const int64_t tiles = w.tile_columns - t;
    F x[6];
    for (int j = 0; j < 6; ++j) x[j] = set(0.0f);
    if (row != nullptr) {
      F a[4], b[4];  // the columns 0 to 3 of each tile, and 4 to 7
      for (int i = 0; i < 4; ++i) {
        const int64_t at = w.first[1] + 4 * t + 16 * i;
        a[i] = b[i] = set(0.0f);
        if (4 * i >= tiles) continue;
        __builtin_prefetch(row + at + w.channel_stride);
        a[i] = load_near(row + at, -at, w.size[1] - at);
        b[i] = load_near(row + at + 4, -at - 4, w.size[1] - at - 4);
      }
      const F a_even[2] = {even(a[0], a[1]), even(a[2], a[3])};
      const F a_odd[2] = {odd(a[0], a[1]), odd(a[2], a[3])};
      x[0] = even(a_even[0], a_even[1]);
      x[1] = even(a_odd[0], a_odd[1]);
      x[2] = odd(a_even[0], a_even[1]);
      x[3] = odd(a_odd[0], a_odd[1]);
      x[4] = even(even(b[0], b[1]), even(b[2], b[3]));
      x[5] = even(odd(b[0], b[1]), odd(b[2], b[3]));
    }
    for (int j = 0; j < 6; ++j) store_some(to + j * w.plane, x[j], tiles);
  }
}

// Row i of tiles sees rows 4 i to 4 i + 5 of x: rows lie sorted by their remainder, so that each of
// these is the same for all tiles, in flat order.
void winograd_slab(const ConvWinograd& w, const float* x) {
  for (int64_t i = 0; i < 4 * w.tile_rows + 2; ++i) {
    const int64_t row = w.first[0] + i;
    const bool inside = row >= 0 && row < w.size[0];
    winograd_row(w, inside ? x + row * w.size[1] : nullptr,
                 w.slab + i % 4 * 6 * w.plane + i / 4 * w.tile_columns);
  }
}

// All channels of x, lanes are tiles.
void winograd_input(const ConvWinograd& w) {
  const int64_t tiles = w.tile_rows * w.tile_columns;
  for (int64_t c = 0; c < w.product.taps; ++c) {
    winograd_slab(w, w.x + c * w.channel_stride);
    for (int64_t t = 0; t < tiles; t += 16) {
      F half[6][6], x[6], v[6];
      for (int j = 0; j < 6; ++j) {
        for (int i = 0; i < 6; ++i) {
          x[i] = load(w.slab + (i % 4 * 6 + j) * w.plane + i / 4 * w.tile_columns + t);
        }
        winograd_forward(x, v);
        for (int i = 0; i < 6; ++i) half[i][j] = v[i];
      }
      float* to = w.transformed + c * w.pitch + t;
      for (int i = 0; i < 6; ++i) {
        winograd_forward(half[i], v);
        for (int j = 0; j < 6; ++j, to += w.transformed_stride) store(to, v[j]);
      }
    }
  }
}

// The sums of `tiles` tiles and vectors of channels at one of the 36 points.
template <int tiles, int vectors>
void winograd_sums(const ConvWinograd& w, const float* weights, const float* x, const float* next,
                   float* to) {
  F sums[tiles][vectors];
  for (int i = 0; i < tiles; ++i) {
    for (int v = 0; v < vectors; ++v) sums[i][v] = set(0.0f);
  }
  for (int64_t c = 0; c < w.product.taps; ++c, weights += kTileChannels, x += w.pitch) {
    __builtin_prefetch(next + 16 * c, 0, 2);
    F a[vectors];
    for (int v = 0; v < vectors; ++v) a[v] = load(weights + 16 * v);
#pragma GCC unroll 16
    for (int i = 0; i < tiles; ++i) {
      const F value = set(x[i]);
      for (int v = 0; v < vectors; ++v) sums[i][v] = fma(value, a[v], sums[i][v]);
    }
  }
#pragma GCC unroll 16
  for (int i = 0; i < tiles; ++i) {
    for (int v = 0; v < vectors; ++v) store(to + i * kTileChannels + 16 * v, sums[i][v]);
  }
}

template <int tiles, int vectors>
void winograd_sums(const ConvWinograd& w, const float* weights, const float* x, const float* next,
                   float* to, int64_t wanted) {
  if constexpr (tiles > 0) {
    if (wanted == tiles) return winograd_sums<tiles, vectors>(w, weights, x, next, to);
    winograd_sums<tiles - 1, vectors>(w, weights, x, next, to, wanted);
  }
}

// While the first tiles of a point are summed, the next point's weights are on their way.
template <int vectors>
void winograd_products(const ConvWinograd& w, const float* weights) {
  const int64_t tiles = w.tile_rows * w.tile_columns;
  const int64_t parts = (tiles + kTileRows - 1) / kTileRows;
  const int64_t panel = w.product.taps * kTileChannels;
  for (int64_t point = 0; point < 36; ++point, weights += panel) {
    const float* x = w.transformed + point * w.transformed_stride;
    float* sums = w.sums + point * w.sums_stride;
    for (int64_t i = 0; i < parts; ++i) {
      const int64_t begin = tiles * i / parts, end = tiles * (i + 1) / parts;
      const int64_t ahead = i < kTileVectors ? panel + i * 16 * w.product.taps : 0;
      winograd_sums<kTileRows, vectors>(w, weights, x + begin, weights + (point < 35 ? ahead : 0),
                                        sums + begin * kTileChannels, end - begin);
    }
  }
}

// The places of a tile, of 16 channels: `to` is [4][16][kTileChannels], of which it fills 4 x 4.
inline void winograd_tile(const ConvWinograd& w, const float* sums, F bias, float* to) {
  F half[4][6], m[6], y[4];
  for (int j = 0; j < 6; ++j) {
    for (int i = 0; i < 6; ++i) m[i] = load(sums + (6 * i + j) * w.sums_stride);
    winograd_back(m, y);
    for (int i = 0; i < 4; ++i) half[i][j] = y[i];
  }
  for (int i = 0; i < 4; ++i, to += 16 * kTileChannels) {
    winograd_back(half[i], y);
    for (int j = 0; j < 4; ++j) store(to + j * kTileChannels, add(y[j], bias));
  }
}

// 16 channels from `channel` on; `sums` are theirs. Four tiles side by side fill a vector of a row.
void winograd_output(const ConvWinograd& w, const float* sums, int64_t channel) {
  const ConvProduct& p = w.product;
  alignas(64) float places[4][16 * kTileChannels] = {};
  const F bias = load(p.bias + channel);
  for (int64_t row = 0; row < p.rows; row += 4) {
    for (int64_t column = 0; column < p.columns; column += 16) {
      const int64_t left = p.columns - column, rows = p.rows - row;
      const int64_t tile = row / 4 * w.tile_columns + column / 4;
      for (int64_t i = 0; i < 4 && 4 * i < left; ++i) {
        winograd_tile(w, sums + (tile + i) * kTileChannels, bias,
                      places[0] + 4 * i * kTileChannels);
      }
      for (int64_t i = 0; i < 4 && i < rows; ++i) {
        store_tile(p, places[i], left < 16 ? left : 16, channel, (row + i) * p.row_stride + column);
      }
    }
  }
}

void winograd(const ConvWinograd& w) {
  const ConvProduct& p = w.product;
  winograd_input(w);
  for (int64_t block = p.first_block; block < p.first_block + p.blocks; ++block) {
    const int64_t channel = block * kTileChannels;
    const float* weights = p.weights + block * 36 * p.taps * kTileChannels;
    const bool wide = p.channels - channel > 16;
    if (wide) {
      winograd_products<kTileVectors>(w, weights);
    } else {
      winograd_products<1>(w, weights);
    }
    for (int v = 0; v < (wide ? kTileVectors : 1); ++v) {
      winograd_output(w, w.sums + 16 * v, channel + 16 * v);
    }
  }
}
