#include "ops/pool/cpu.h"

#include <array>
#include <cmath>
#include <limits>
#include <type_traits>

#include "backend/cpu/isa_table.h"
#include "backend/cpu/rows_step.h"
#include "ops/pool/op.h"
#include "tensor/numbers.h"

namespace hone {

HONE_ISA_TABLE(PoolFns, pool_fns)

namespace {

using Kind = PoolAttrs::Kind;

std::array<PoolAxis, 3> axes_of(const StepBinding& b) {
  const auto& attrs = b.attrs->as<PoolAttrs>();
  const Dims &x = b.operands[0].view.dims, &y = b.results[0].view.dims;
  const Shape shape = x.shape();
  const auto found = pool_axes(attrs, std::span(shape).subspan(2));
  std::array<PoolAxis, 3> axes;
  axes.fill({1, 1, 1, 1, 1, 0, 0});
  const size_t front = 5 - x.rank();
  for (size_t i = 2; i < x.rank(); ++i) {
    const WindowAxis& a = (*found)[i - 2];
    axes[front + i - 2] = {x[i], y[i], a.kernel, a.stride, a.dilation, a.begin, a.end};
  }
  return axes;
}

// One place after another, as the definition says.
template <class T>
struct Generic {
  std::array<PoolAxis, 3> axes;
  Kind kind;
  int64_t p;
  bool count_padding, column_major;
  const T* x;
  T* y;
  int64_t* indices;

  struct Seen {
    T value = 0;
    double sum = 0;
    int64_t taps = 0, index = 0;
  };

  void plane(int64_t index) const {
    const int64_t size = axes[0].size * axes[1].size * axes[2].size;
    int64_t at = index * axes[0].out * axes[1].out * axes[2].out;
    for (int64_t d = 0; d < axes[0].out; ++d) {
      for (int64_t h = 0; h < axes[1].out; ++h) {
        for (int64_t w = 0; w < axes[2].out; ++w, ++at) {
          const Seen seen = look(x + index * size, {d, h, w});
          y[at] = value_of(seen);
          if (indices != nullptr) indices[at] = index * size + seen.index;
        }
      }
    }
  }

  T value_of(const Seen& seen) const {
    if (kind == Kind::max) return seen.value;
    const double power = 1 / static_cast<double>(p);
    if (kind == Kind::lp) return static_cast<T>(std::pow(seen.sum, power));
    return seen.taps == 0 ? T{0} : static_cast<T>(seen.sum / static_cast<double>(seen.taps));
  }

  Seen look(const T* from, std::array<int64_t, 3> place) const {
    Seen seen;
    if constexpr (std::is_floating_point_v<T>) {
      seen.value = -std::numeric_limits<T>::infinity();
    } else {
      seen.value = std::numeric_limits<T>::lowest();
    }
    std::array<int64_t, 3> at;
    for (int64_t d = 0; d < axes[0].kernel; ++d) {
      for (int64_t h = 0; h < axes[1].kernel; ++h) {
        for (int64_t w = 0; w < axes[2].kernel; ++w) {
          const std::array<int64_t, 3> tap{d, h, w};
          bool inside = true, counts = true;
          for (size_t i = 0; i < 3; ++i) {
            const PoolAxis& a = axes[i];
            at[i] = place[i] * a.stride - a.begin + tap[i] * a.dilation;
            inside = inside && at[i] >= 0 && at[i] < a.size;
            counts = counts && at[i] < a.size + a.end;
          }
          if (inside || (count_padding && counts)) ++seen.taps;
          if (inside) take(from[(at[0] * axes[1].size + at[1]) * axes[2].size + at[2]], at, seen);
        }
      }
    }
    return seen;
  }

  void take(T value, const std::array<int64_t, 3>& at, Seen& seen) const {
    if (kind == Kind::average) seen.sum += static_cast<double>(value);
    if (kind == Kind::lp) {
      seen.sum += std::pow(std::fabs(static_cast<double>(value)), static_cast<double>(p));
    }
    if (kind != Kind::max || !(value > seen.value || value != value)) return;
    seen.value = value;
    seen.index = column_major ? (at[2] * axes[1].size + at[1]) * axes[0].size + at[0]
                              : (at[0] * axes[1].size + at[1]) * axes[2].size + at[2];
  }
};

int64_t taps_a_plane(const std::array<PoolAxis, 3>& axes) {
  int64_t taps = 1;
  for (const PoolAxis& a : axes) taps = std::min<int64_t>(kElementsATile, taps * a.out);
  for (const PoolAxis& a : axes) taps = std::min<int64_t>(kElementsATile, taps * a.kernel);
  return taps;
}

std::unique_ptr<CpuStep> bind(const StepBinding& b) {
  const auto& attrs = b.attrs->as<PoolAttrs>();
  const auto axes = axes_of(b);
  const Dims& dims = b.results[0].view.dims;
  int64_t* indices = b.results.size() > 1 ? b.results[1].view.as<int64_t>() : nullptr;
  std::unique_ptr<CpuStep> step;
  with_number(b.operands[0].view.dtype, [&]<class T>() {
    const Generic<T> pool{axes,
                          attrs.kind,
                          attrs.p,
                          attrs.count_padding,
                          attrs.column_major,
                          b.operands[0].view.as<T>(),
                          b.results[0].view.as<T>(),
                          indices};
    step = rows_step(dims[0] * dims[1], taps_a_plane(axes), [=](int64_t first, int64_t count) {
      for (int64_t i = first; i < first + count; ++i) pool.plane(i);
    });
  });
  return step;
}

bool accepts(const StepBinding& b) {
  return with_number(b.operands[0].view.dtype, []<class T>() {});
}

bool accepts_rows(const StepBinding& b) {
  const auto& attrs = b.attrs->as<PoolAttrs>();
  return b.operands[0].view.dtype == DType::f32 && attrs.kind != Kind::lp && !attrs.indices;
}

std::unique_ptr<CpuStep> bind_rows(const StepBinding& b) {
  const auto& attrs = b.attrs->as<PoolAttrs>();
  const auto axes = axes_of(b);
  PoolPlane plane{.x = b.operands[0].view.as<float>(),
                  .y = b.results[0].view.as<float>(),
                  .axes = {axes[0], axes[1], axes[2]},
                  .average = attrs.kind == Kind::average,
                  .count_padding = attrs.count_padding};
  const int64_t in = axes[0].size * axes[1].size * axes[2].size;
  const int64_t out = axes[0].out * axes[1].out * axes[2].out;
  const Dims& dims = b.results[0].view.dims;
  const PoolFns& fns = pool_fns(b.isa);
  return rows_step(dims[0] * dims[1], taps_a_plane(axes) / 4,
                   [=, &fns](int64_t first, int64_t count) {
                     PoolPlane one = plane;
                     for (int64_t i = first; i < first + count; ++i) {
                       one.x = plane.x + i * in;
                       one.y = plane.y + i * out;
                       fns.plane(one);
                     }
                   });
}

}  // namespace

std::span<const CpuKernel> pool_cpu_kernels() {
  static constexpr CpuKernel kKernels[] = {{"pool", "rows", accepts_rows, bind_rows},
                                           {"pool", "generic", accepts, bind}};
  return kKernels;
}

}  // namespace hone
