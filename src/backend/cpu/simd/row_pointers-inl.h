// Included inside namespace hone::<isa> by kernels, after the set's header.

// One number at a time of each of R rows that lie `row` floats apart, for kernels with as many
// accumulators as there are registers. Each third row has a pointer: addresses reach it, the next
// (stride * 4) and the one behind that (stride * 8).
template <int R>
struct RowPointers {
  static constexpr int kThirds = (R + 2) / 3;
  const float* at[kThirds];
  int64_t stride;

  RowPointers(const float* first, int64_t row) : stride(row) {
#pragma GCC unroll 5
    for (int i = 0; i < kThirds; ++i) at[i] = first + 3 * i * row;
  }
  F take(int row) const { return set(at[row / 3][row % 3 * stride]); }
  void step(int64_t by) {
#pragma GCC unroll 5
    for (int i = 0; i < kThirds; ++i) at[i] += by;
  }
};
