// Lanes of convolutions: loading what may lie beyond the end of a row, and storing sums.

inline F load_some(const float* p, int64_t n) {
  return n >= 16 ? load(p) : load_part(p, static_cast<int>(n));
}
inline void store_some(float* p, F x, int64_t n) {
  if (n >= 16) return store(p, x);
  store_part(p, x, static_cast<int>(n));
}
inline F finish(const ConvEpilogue& e, F sum, const float* residual, int64_t n) {
  if (residual == nullptr) return activate(e.activation, e.low, e.high, sum);
  const F more = load_some(residual, n);
  if (e.residual_after) return add(activate(e.activation, e.low, e.high, sum), more);
  return activate(e.activation, e.low, e.high, add(sum, more));
}

// None, relu and clip as what they let through.
inline bool is_clip(const ConvEpilogue& e) { return e.activation <= 2; }
struct Limits {
  F low, high;

  explicit Limits(const ConvEpilogue& e)
      : low(set(e.activation == 2   ? e.low
                : e.activation == 1 ? 0.0f
                                    : -__builtin_inff())),
        high(set(e.activation == 2 ? e.high : __builtin_inff())) {}
};

// 16 elements from p on, of which those in [low, high) are there; the others are zeros.
inline F load_near(const float* p, int64_t low, int64_t high) {
  return low <= 0 && high >= 16 ? load(p) : load_range(p, range(low, high));
}

// Lanes [lane, lane + count) of one channel; `sums` are theirs.
inline void store_rows(const ConvProduct& p, const ConvEpilogue& epilogue, const float* sums,
                       int64_t lane, int64_t count, float* y, const float* residual) {
  int64_t row = lane / p.pitch, column = lane % p.pitch;
  for (int64_t i = 0; i < count;) {
    const int64_t left = p.pitch - column;
    const int64_t real = p.columns - column;
    const int64_t n = real < count - i ? real : count - i;
    for (int64_t j = 0; j < n; j += 16) {
      const int64_t at = row * p.row_stride + column + j;
      const F sum = load_some(sums + i + j, n - j);
      store_some(y + at,
                 finish(epilogue, sum, residual == nullptr ? nullptr : residual + at, n - j),
                 n - j);
    }
    i += left;
    column = 0;
    ++row;
  }
}

// Whether all that follows a block of sums is a clip, and each sum has its place in y.
template <int vectors, int rows>
inline bool only_clips(const ConvProduct& p, int64_t channels, int64_t lanes) {
  return p.rows == 1 && channels == rows && lanes >= 16 * vectors && p.residual == nullptr &&
         is_clip(p.epilogue);
}

// Most blocks of most models.
template <int vectors, int rows>
inline void store_clipped(const ConvProduct& p, const F (&sums)[rows][vectors], float* y) {
  const Limits limits(p.epilogue);
#pragma GCC unroll 8
  for (int r = 0; r < rows; ++r, y += p.channel_stride) {
    for (int v = 0; v < vectors; ++v) {
      store(y + 16 * v, clip(sums[r][v], limits.low, limits.high));
    }
  }
}

// The sums of a block of channels from `first` on, at the places from `lane` on of `lanes`.
template <int vectors, int rows>
inline void store_block(const ConvProduct& p, int64_t first, int64_t lane, int64_t lanes,
                        const F (&sums)[rows][vectors]) {
  const int64_t channels = p.channels - first < rows ? p.channels - first : rows;
  if (only_clips<vectors, rows>(p, channels, lanes - lane)) {
    return store_clipped(p, sums, p.y + first * p.channel_stride + lane);
  }
  const int64_t count = lanes - lane < 16 * vectors ? lanes - lane : 16 * vectors;
  ConvEpilogue epilogue = p.epilogue;
  for (int64_t r = 0; r < channels; ++r) {
    if (p.slopes != nullptr) epilogue.low = p.slopes[first + r];
    float* y = p.y + (first + r) * p.channel_stride;
    const float* residual =
        p.residual == nullptr ? nullptr : p.residual + (first + r) * p.channel_stride;
    if (p.rows == 1) {
      for (int v = 0; v < vectors; ++v) {
        const int64_t at = lane + 16 * v;
        store_some(
            y + at,
            finish(epilogue, sums[r][v], residual == nullptr ? nullptr : residual + at, lanes - at),
            lanes - at);
      }
      continue;
    }
    float spilled[16 * vectors];
    for (int v = 0; v < vectors; ++v) store(spilled + 16 * v, sums[r][v]);
    store_rows(p, epilogue, spilled, lane, count, y, residual);
  }
}
