// The product of conv with channels of the result in the lanes: tiles of kTileRows places by
// kTileVectors vectors of channels. No lane is empty however few places a row has; for that, sums
// are transposed before they are stored. Included by cpu-inl.h.

// One tile as the sums are made: of `columns` places in each of `rows` rows, into `sums`
// [places][kTileVectors * 16].
struct ChannelsTile {
  const float* weights;  // [taps][kTileVectors * 16]
  const float* bias;
  const float* x;  // the first place at tap 0
  int64_t pitch;
  const int32_t* offsets;
  int64_t taps;
  const float* next;  // 16 * taps weights that will be wanted soon
  float* sums;
};

constexpr int kTileChannels = kSizes.channels_at_once;

template <int columns, int rows, int vectors>
void sum_tile(const ChannelsTile& t) {
  constexpr int kPlaces = columns * rows;
  F sums[kPlaces][vectors];
  for (int v = 0; v < vectors; ++v) {
    const F bias = load(t.bias + 16 * v);
    for (int i = 0; i < kPlaces; ++i) sums[i][v] = bias;
  }
  const float* weights = t.weights;
  for (int64_t k = 0; k < t.taps; ++k, weights += kTileChannels) {
    const float* x = t.x + t.offsets[k];
    __builtin_prefetch(t.x + t.offsets[k + kConvTapsAhead]);
    __builtin_prefetch(t.next + 16 * k, 0, 2);
    F w[vectors];
    for (int v = 0; v < vectors; ++v) w[v] = load(weights + 16 * v);
#pragma GCC unroll 16
    for (int i = 0; i < kPlaces; ++i) {
      const F value = set(x[i / columns * t.pitch + i % columns]);
      for (int v = 0; v < vectors; ++v) sums[i][v] = fma(value, w[v], sums[i][v]);
    }
  }
#pragma GCC unroll 16
  for (int i = 0; i < kPlaces; ++i) {
    for (int v = 0; v < vectors; ++v) store(t.sums + i * kTileChannels + 16 * v, sums[i][v]);
  }
}

template <int columns, int vectors>
void sum_columns(const ChannelsTile& t, int64_t wanted) {
  if constexpr (columns > 0) {
    if (wanted == columns) return sum_tile<columns, 1, vectors>(t);
    sum_columns<columns - 1, vectors>(t, wanted);
  }
}

// The activation of sums [places][kTileChannels] of 16 channels from `channel` on.
void activate_rows(const ConvProduct& p, float* sums, int64_t places, int64_t channel) {
  if (p.slopes == nullptr) return activate_all(p.epilogue, sums, places, kTileChannels);
  const F slopes = load_some(p.slopes + channel, p.channels - channel);
  for (int64_t i = 0; i < places; ++i, sums += 16 * kTileVectors) {
    const F x = load(sums);
    store(sums, where_less(x, set(0.0f), mul(x, slopes), x));
  }
}

// `places` places of up to 16 channels from `channel` on; `at` is the first place in y.
void store_tile(const ConvProduct& p, float* sums, int64_t places, int64_t channel, int64_t at) {
  const bool activated = p.residual == nullptr || p.epilogue.residual_after;
  const bool clips = activated && is_clip(p.epilogue);
  if (activated && !clips) activate_rows(p, sums, places, channel);
  F rows[16];
#pragma GCC unroll 16
  for (int i = 0; i < 16; ++i) rows[i] = load(sums + i * kTileChannels);
  if (clips) {
    const Limits limits(p.epilogue);
#pragma GCC unroll 16
    for (int i = 0; i < 16; ++i) rows[i] = clip(rows[i], limits.low, limits.high);
  }
  transpose(rows);
  at += channel * p.channel_stride;
  const int64_t left = p.channels - channel;
  const int count = static_cast<int>(places);
  if (p.residual == nullptr && left >= 16) {
#pragma GCC unroll 16
    for (int i = 0; i < 16; ++i) store_part(p.y + at + i * p.channel_stride, rows[i], count);
    return;
  }
  float columns[16][16];
#pragma GCC unroll 16
  for (int i = 0; i < 16; ++i) store(columns[i], rows[i]);
  ConvEpilogue epilogue = p.epilogue;
  if (activated) epilogue.activation = 0;
  for (int64_t c = 0; c < left && c < 16; ++c, at += p.channel_stride) {
    if (p.slopes != nullptr) epilogue.low = p.slopes[channel + c];
    const float* residual = p.residual == nullptr ? nullptr : p.residual + at;
    store_part(p.y + at, finish(epilogue, load(columns[c]), residual, places), count);
  }
}

// The places [column, column + columns) of `rows` rows from `row` on.
struct ChannelsPlaces {
  int64_t row, rows, column, columns;
};

void channels_tile(const ConvProduct& p, int64_t block, const ChannelsPlaces& at,
                   const float* next) {
  alignas(64) float sums[16 * kTileChannels];
  const int64_t channel = block * kTileChannels;
  const ChannelsTile tile{.weights = p.weights + channel * p.taps,
                          .bias = p.bias + channel,
                          .x = p.slab + at.row * p.pitch + at.column,
                          .pitch = p.pitch,
                          .offsets = p.offsets,
                          .taps = p.taps,
                          .next = next,
                          .sums = sums};
  const int64_t vectors = p.channels - channel > 16 ? kTileVectors : 1;
  if (at.rows == 2) {
    if (vectors == 1) {
      sum_tile<kTileRows / 2, 2, 1>(tile);
    } else {
      sum_tile<kTileRows / 2, 2, kTileVectors>(tile);
    }
  } else if (vectors == 1) {
    sum_columns<kTileRows, 1>(tile, at.columns);
  } else {
    sum_columns<kTileRows, kTileVectors>(tile, at.columns);
  }
  for (int64_t v = 0; v < vectors; ++v) {
    store_tile(p, sums + 16 * v, at.rows * at.columns, channel + 16 * v,
               at.row * p.row_stride + at.column);
  }
}

// Weights come from memory once a run: while the first tiles of a block are computed, those of the
// next block are on their way.
void channels_block(const ConvProduct& p, int64_t block) {
  // Two whole rows of y that fill a tile lie one behind the other.
  const bool pairs = 2 * p.columns == kTileRows && p.columns == p.row_stride;
  const int64_t parts = (p.columns + kTileRows - 1) / kTileRows;
  const float* weights = p.weights + block * kTileChannels * p.taps;
  const bool last = block + 1 == p.first_block + p.blocks;
  int64_t wanted = last ? 0 : kTileVectors;
  for (int64_t row = 0; row < p.rows;) {
    const int64_t rows = pairs && row + 1 < p.rows ? 2 : 1;
    for (int64_t i = 0; i < parts; ++i, wanted -= wanted > 0) {
      const int64_t begin = p.columns * i / parts, end = p.columns * (i + 1) / parts;
      channels_tile(p, block, {row, rows, begin, end - begin},
                    weights + (wanted > 0 ? kTileVectors + wanted - 1 : 0) * 16 * p.taps);
    }
    row += rows;
  }
}

void product_channels(const ConvProduct& p) {
  for (int64_t block = p.first_block; block < p.first_block + p.blocks; ++block) {
    channels_block(p, block);
  }
}
