// pool for one instruction set: rows of places are gone over once a tap, so that the compiler's
// vectors run along the width.
#include "ops/pool/cpu.h"

namespace hone::HONE_ISA {
namespace {

// Places [first, last) of an axis whose tap k lies inside x, or inside x and its padding.
struct Range {
  int64_t first, last;
};
inline Range inside(const PoolAxis& a, int64_t k, int64_t before, int64_t behind) {
  const int64_t shift = k * a.dilation - a.begin;  // where place 0 sees
  const int64_t low = -before - shift, high = a.size + behind - shift;
  int64_t first = low <= 0 ? 0 : (low + a.stride - 1) / a.stride;
  int64_t last = high <= 0 ? 0 : (high + a.stride - 1) / a.stride;
  if (last > a.out) last = a.out;
  if (first > last) first = last;
  return {first, last};
}

template <bool average>
inline float join(float all, float x) {
  if (average) return all + x;
  return x > all || x != x ? x : all;
}

template <bool average, int stride>
inline void join_row(const float* x, int64_t step, Range range, float* y) {
  const int64_t by = stride == 0 ? step : stride;
  for (int64_t i = range.first; i < range.last; ++i) y[i] = join<average>(y[i], x[i * by]);
}

// All taps of one row of x on one row of places.
template <bool average>
void join_rows(const PoolAxis& width, const float* x, float* y) {
  for (int64_t k = 0; k < width.kernel; ++k) {
    const Range range = inside(width, k, 0, 0);
    const float* from = x + (k * width.dilation - width.begin);
    if (width.stride == 1) {
      join_row<average, 1>(from, 1, range, y);
    } else if (width.stride == 2) {
      join_row<average, 2>(from, 2, range, y);
    } else {
      join_row<average, 0>(from, width.stride, range, y);
    }
  }
}

// How many taps of an axis a place sees.
int64_t taps(const PoolAxis& a, int64_t place, bool padding) {
  int64_t count = 0;
  for (int64_t k = 0; k < a.kernel; ++k) {
    const int64_t at = place * a.stride - a.begin + k * a.dilation;
    count += padding ? at < a.size + a.end : at >= 0 && at < a.size;
  }
  return count;
}

template <bool average>
void row(const PoolPlane& p, int64_t depth, int64_t height, float* y) {
  const auto &d = p.axes[0], &h = p.axes[1], &w = p.axes[2];
  for (int64_t i = 0; i < w.out; ++i) y[i] = average ? 0 : -__builtin_inff();
  for (int64_t kd = 0; kd < d.kernel; ++kd) {
    const int64_t at_d = depth * d.stride - d.begin + kd * d.dilation;
    if (at_d < 0 || at_d >= d.size) continue;
    for (int64_t kh = 0; kh < h.kernel; ++kh) {
      const int64_t at_h = height * h.stride - h.begin + kh * h.dilation;
      if (at_h < 0 || at_h >= h.size) continue;
      join_rows<average>(w, p.x + (at_d * h.size + at_h) * w.size, y);
    }
  }
  if (!average) return;
  const int64_t outer = taps(d, depth, p.count_padding) * taps(h, height, p.count_padding);
  for (int64_t i = 0; i < w.out; ++i) {
    const int64_t count = outer * taps(w, i, p.count_padding);
    y[i] = count == 0 ? 0 : y[i] / static_cast<float>(count);
  }
}

void plane(const PoolPlane& p) {
  float* y = p.y;
  for (int64_t depth = 0; depth < p.axes[0].out; ++depth) {
    for (int64_t height = 0; height < p.axes[1].out; ++height, y += p.axes[2].out) {
      if (p.average) {
        row<true>(p, depth, height, y);
      } else {
        row<false>(p, depth, height, y);
      }
    }
  }
}

}  // namespace

extern const PoolFns pool_fns;
const PoolFns pool_fns = {plane};

}  // namespace hone::HONE_ISA
