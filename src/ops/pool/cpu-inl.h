// pool for one instruction set: lanes are places along the width where all taps lie inside x.
#include "ops/pool/cpu.h"

namespace hone::HONE_ISA {
namespace {

// Places [first, last) of an axis whose tap k lies inside x.
struct Range {
  int64_t first, last;
};
inline Range inside(const PoolAxis& a, int64_t k) {
  const int64_t shift = k * a.dilation - a.begin;  // where place 0 sees
  const int64_t low = -shift, high = a.size - shift;
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
template <bool average>
inline F join(F all, F x) {
  if (average) return add(all, x);
  return where_less(all, x, x, where_nan(x, x, all));
}

inline F load_some(const float* p, int64_t n) {
  if (n >= 16) return load(p);
  return n <= 0 ? set(0.0f) : load_part(p, static_cast<int>(n));
}
// `n` elements, `stride` apart.
template <int stride>
inline F load_apart(const float* p, int64_t n) {
  if (stride == 1) return load_some(p, n);
  return even(load_some(p, 2 * n - 1), load_some(p + 16, 2 * n - 17));
}

// Calls see(row of x) for each row that a row of places sees.
template <class See>
inline void rows_of(const PoolPlane& p, int64_t depth, int64_t height, See see) {
  const auto &d = p.axes[0], &h = p.axes[1];
  for (int64_t kd = 0; kd < d.kernel; ++kd) {
    const int64_t at_d = depth * d.stride - d.begin + kd * d.dilation;
    if (at_d < 0 || at_d >= d.size) continue;
    for (int64_t kh = 0; kh < h.kernel; ++kh) {
      const int64_t at_h = height * h.stride - h.begin + kh * h.dilation;
      if (at_h < 0 || at_h >= h.size) continue;
      see(p.x + (at_d * h.size + at_h) * p.axes[2].size);
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

// One row of places.
struct Row {
  const PoolPlane& p;
  int64_t depth, height;
  int64_t taps_a_column;  // of the mean
  float* y;
};

template <bool average>
void one_place(const Row& r, int64_t place) {
  const PoolAxis& w = r.p.axes[2];
  float all = average ? 0 : -__builtin_inff();
  rows_of(r.p, r.depth, r.height, [&](const float* x) {
    for (int64_t k = 0; k < w.kernel; ++k) {
      const int64_t at = place * w.stride - w.begin + k * w.dilation;
      if (at >= 0 && at < w.size) all = join<average>(all, x[at]);
    }
  });
  const int64_t count = average ? r.taps_a_column * taps(w, place, r.p.count_padding) : 1;
  r.y[place] = count == 0 ? 0 : all / static_cast<float>(count);
}

// Places [first, last), all of whose taps lie between the ends of x's rows.
template <bool average, int stride>
void inner_places(const Row& r, Range range) {
  const PoolAxis& w = r.p.axes[2];
  const F count = set(static_cast<float>(average ? r.taps_a_column * w.kernel : 1));
  for (int64_t i = range.first; i < range.last; i += 16) {
    const int64_t n = range.last - i;
    F all = set(average ? 0 : -__builtin_inff());
    rows_of(r.p, r.depth, r.height, [&](const float* x) {
      const float* from = x + i * stride - w.begin;
      for (int64_t k = 0; k < w.kernel; ++k) {
        all = join<average>(all, load_apart<stride>(from + k * w.dilation, n));
      }
    });
    if (average) all = div(all, count);
    if (n >= 16) {
      store(r.y + i, all);
    } else {
      store_part(r.y + i, all, static_cast<int>(n));
    }
  }
}

template <bool average>
void row(const PoolPlane& p, int64_t depth, int64_t height, float* y) {
  const auto &d = p.axes[0], &h = p.axes[1], &w = p.axes[2];
  const int64_t a_column =
      average ? taps(d, depth, p.count_padding) * taps(h, height, p.count_padding) : 0;
  const Row r{p, depth, height, a_column, y};
  Range inner{0, 0};
  // A row of places that sees nothing has a mean of 0, which one_place() knows.
  if (w.stride <= 2 && (!average || a_column > 0)) {
    inner = {inside(w, 0).first, inside(w, w.kernel - 1).last};
    if (inner.first > inner.last) inner = {0, 0};
  }
  if (w.stride == 1) inner_places<average, 1>(r, inner);
  if (w.stride == 2) inner_places<average, 2>(r, inner);
  for (int64_t i = 0; i < inner.first; ++i) one_place<average>(r, i);
  for (int64_t i = inner.last; i < w.out; ++i) one_place<average>(r, i);
}

// The one place of a window that sees all of x.
bool sees_all(const PoolPlane& p) {
  for (const PoolAxis& a : p.axes) {
    if (a.out != 1 || a.kernel != a.size || a.begin != 0 || a.end != 0 || a.dilation != 1) {
      return false;
    }
  }
  return true;
}
void mean_of_all(const PoolPlane& p) {
  const int64_t count = p.axes[0].size * p.axes[1].size * p.axes[2].size;
  F all = set(0.0f);
  for (int64_t i = 0; i < count; i += 16) all = add(all, load_some(p.x + i, count - i));
  p.y[0] = sum(all) / static_cast<float>(count);
}

void plane(const PoolPlane& p) {
  if (p.average && sees_all(p)) return mean_of_all(p);
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
