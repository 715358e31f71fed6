// Depthwise convolution of x where it lies: lanes are neighbors in a row of the result, and what
// they see beyond the ends of a row of x is masked. Included by cpu-inl.h.

// Of narrow rows most lanes are at an edge, where loads are dear unless they are masked ones.
constexpr int kDirectColumns = kSizes.direct_columns;

// What a column of blocks has in common.
template <int kernel, int stride>
struct DirectColumn {
  F weights[kernel * kernel];
  F bias;
  int64_t column, at;        // its first of the result, and what that sees of x at tap 0
  Range ranges[kernel + 1];  // of the vectors of load_taps that are in the row
};

// What 16 lanes see of a row of x at each tap; `p` is what the first lane sees at tap 0.
template <int kernel, int stride, bool edge>
inline void load_taps(const float* p, const Range* ranges, F (&taps)[kernel]) {
#pragma GCC unroll 8
  for (int k = 0; k < kernel; k += stride) {
    const F a = edge ? load_range(p + k, ranges[k]) : load(p + k);
    if constexpr (stride == 1) {
      taps[k] = a;
    } else {
      const F b = edge ? load_range(p + k + 16, ranges[k + 1]) : load(p + k + 16);
      taps[k] = even(a, b);
      if (k + 1 < kernel) taps[k + 1] = odd(a, b);
    }
  }
}

// `rows` rows of the result at once share the rows of x that they see.
template <int kernel, int stride, int rows, bool edge>
inline void direct_block(const ConvDirect& d, const DirectColumn<kernel, stride>& c, int64_t row) {
  const int64_t in = row * stride - d.begin[0];
  F sums[rows];
  for (int r = 0; r < rows; ++r) sums[r] = c.bias;
#pragma GCC unroll 16
  for (int i = 0; i < (rows - 1) * stride + kernel; ++i) {
    F taps[kernel];
    for (int k = 0; k < kernel; ++k) taps[k] = set(0.0f);
    if (in + i >= 0 && in + i < d.size[0]) {
      load_taps<kernel, stride, edge>(d.x + (in + i) * d.size[1] + c.at, c.ranges, taps);
    }
#pragma GCC unroll 8
    for (int k = 0; k < kernel; ++k) {
#pragma GCC unroll 8
      for (int r = 0; r < rows; ++r) {
        const int tap = i - r * stride;
        if (tap < 0 || tap >= kernel) continue;
        sums[r] = fma(c.weights[tap * kernel + k], taps[k], sums[r]);
      }
    }
  }
  const int64_t left = d.columns - c.column;
  for (int r = 0; r < rows; ++r) {
    const int64_t y = (row + r) * d.columns + c.column;
    const float* residual = d.residual == nullptr ? nullptr : d.residual + y;
    store_some(d.y + y, finish(d.epilogue, sums[r], residual, left), left);
  }
}

template <int kernel, int stride, bool edge>
void direct_column(const ConvDirect& d, int64_t column) {
  DirectColumn<kernel, stride> c;
  for (int i = 0; i < kernel * kernel; ++i) c.weights[i] = set(d.weights[i]);
  c.bias = set(d.bias);
  c.column = column;
  c.at = column * stride - d.begin[1];
#pragma GCC unroll 8
  for (int k = 0; k < kernel; k += stride) {
    const int64_t low = -(c.at + k), high = low + d.size[1];
    c.ranges[k] = range(low, high);
    if (stride == 2) c.ranges[k + 1] = range(low - 16, high - 16);
  }
  int64_t row = d.first_row;
  for (; row + 4 <= d.end_row; row += 4) direct_block<kernel, stride, 4, edge>(d, c, row);
  const int64_t left = d.end_row - row;
  if (left == 3) direct_block<kernel, stride, 3, edge>(d, c, row);
  if (left == 2) direct_block<kernel, stride, 2, edge>(d, c, row);
  if (left == 1) direct_block<kernel, stride, 1, edge>(d, c, row);
}

template <int kernel, int stride>
void direct(const ConvDirect& d) {
  for (int64_t column = 0; column < d.columns; column += 16) {
    const int64_t at = column * stride - d.begin[1], seen = 15 * stride + kernel + (stride - 1);
    if (at >= 0 && at + seen <= d.size[1]) {
      direct_column<kernel, stride, false>(d, column);
    } else {
      direct_column<kernel, stride, true>(d, column);
    }
  }
}
