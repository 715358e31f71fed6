#include <algorithm>
#include <array>

#include "backend/cpu/rows_step.h"
#include "ops/quantized_pool/op.h"

namespace hone {
namespace {

using Kind = PoolAttrs::Kind;

// Channels whose sums stay in the first cache.
constexpr int64_t kPart = 256;

// A row of the result at a time, one place after another; loops run over channels.
template <class T>
struct Pool {
  QuantizedPoolAttrs attrs;
  std::array<WindowAxis, 3> axes;
  std::array<int64_t, 3> in, out;
  int64_t channels;
  const T* x;
  uint8_t* y;

  explicit Pool(const StepBinding& b)
      : attrs(b.attrs->as<QuantizedPoolAttrs>()),
        channels(b.operands[0].view.dims.back()),
        x(b.operands[0].view.as<T>()),
        y(b.results[0].view.as<uint8_t>()) {
    const Dims &from = b.operands[0].view.dims, &to = b.results[0].view.dims;
    const size_t spatial = from.rank() - 2, front = 3 - spatial;
    const Shape shape = from.shape();
    const auto found = pool_axes(attrs.pool, std::span(shape).subspan(1, spatial));
    axes.fill({1, 1, 1, 0, 0});
    in.fill(1);
    out.fill(1);
    for (size_t i = 0; i < spatial; ++i) {
      axes[front + i] = (*found)[i];
      in[front + i] = from[i + 1];
      out[front + i] = to[i + 1];
    }
  }

  // The taps of an axis that lie inside at place o, and how many count.
  struct Taps {
    int64_t first, end, counted;
  };
  Taps taps_at(size_t axis, int64_t o) const {
    const WindowAxis& a = axes[axis];
    Taps taps{a.kernel, 0, 0};
    for (int64_t k = 0; k < a.kernel; ++k) {
      const int64_t at = o * a.stride - a.begin + k * a.dilation;
      if (at >= 0 && at < in[axis]) {
        taps.first = std::min(taps.first, k);
        taps.end = k + 1;
      }
      if (at < in[axis] + a.end) ++taps.counted;
    }
    taps.first = std::min(taps.first, taps.end);
    if (!attrs.pool.count_padding) taps.counted = taps.end - taps.first;
    return taps;
  }

  void place(int64_t index) const {
    std::array<int64_t, 3> o;
    std::array<Taps, 3> taps;
    int64_t image = index;
    for (size_t a = 3; a-- > 0; image /= out[a]) {
      o[a] = image % out[a];
      taps[a] = taps_at(a, o[a]);
    }
    const int64_t counted = taps[0].counted * taps[1].counted * taps[2].counted;
    for (int64_t c = 0; c < channels; c += kPart) {
      const int64_t count = std::min(kPart, channels - c);
      int32_t seen[kPart];
      std::fill_n(seen, count, attrs.pool.kind == Kind::max ? -1000 : 0);
      each_tap(image, o, taps, [&](const T* from) {
        if (attrs.pool.kind == Kind::max) {
          for (int64_t i = 0; i < count; ++i) {
            const int32_t code = from[c + i];
            seen[i] = seen[i] > code ? seen[i] : code;
          }
        } else {
          for (int64_t i = 0; i < count; ++i) seen[i] += from[c + i];
        }
      });
      const int64_t summed = (taps[0].end - taps[0].first) * (taps[1].end - taps[1].first) *
                             (taps[2].end - taps[2].first);
      store(seen, count, summed, counted, y + index * channels + c);
    }
  }

  template <class F>
  void each_tap(int64_t image, const std::array<int64_t, 3>& o, const std::array<Taps, 3>& taps,
                F f) const {
    const auto source = [&](size_t axis, int64_t k) {
      return o[axis] * axes[axis].stride - axes[axis].begin + k * axes[axis].dilation;
    };
    for (int64_t d = taps[0].first; d < taps[0].end; ++d) {
      for (int64_t h = taps[1].first; h < taps[1].end; ++h) {
        const int64_t row = (image * in[0] + source(0, d)) * in[1] + source(1, h);
        for (int64_t w = taps[2].first; w < taps[2].end; ++w) {
          f(x + (row * in[2] + source(2, w)) * channels);
        }
      }
    }
  }

  void store(const int32_t* seen, int64_t count, int64_t summed, int64_t counted,
             uint8_t* to) const {
    const auto low = static_cast<int32_t>(attrs.y.low), high = static_cast<int32_t>(attrs.y.high);
    if (attrs.pool.kind == Kind::max) {
      for (int64_t i = 0; i < count; ++i) {
        to[i] = static_cast<uint8_t>(std::clamp(seen[i], low, high));
      }
      return;
    }
    const MeanRule rule(attrs, counted);
    const auto zeros = static_cast<int32_t>(attrs.x_zero * summed);
    if (attrs.fixed_point) {
      for (int64_t i = 0; i < count; ++i) {
        to[i] = static_cast<uint8_t>(static_cast<int32_t>(rule.code(seen[i] - zeros)));
      }
      return;
    }
    const auto zero = static_cast<int32_t>(attrs.y.zero);
    const auto least = static_cast<float>(low - zero), most = static_cast<float>(high - zero);
    constexpr float kMagic = 12582912.0f;  // loses the fraction of what is below 2^22
    for (int64_t i = 0; i < count; ++i) {
      float units = static_cast<float>(seen[i] - zeros) * rule.factor();
      units = units > least ? units : least;
      units = units < most ? units : most;
      to[i] = static_cast<uint8_t>(static_cast<int32_t>((units + kMagic) - kMagic) + zero);
    }
  }
};

template <class T>
std::unique_ptr<CpuStep> bind_as(const StepBinding& b) {
  const Pool<T> pool(b);
  int64_t places = b.results[0].view.dims.elements();
  if (places > 0) places /= pool.channels;
  int64_t work = pool.channels;
  for (const WindowAxis& axis : pool.axes) work *= axis.kernel;
  return rows_step(places, work / 8, [=](int64_t first, int64_t count) {
    for (int64_t i = first; i < first + count; ++i) pool.place(i);
  });
}

std::unique_ptr<CpuStep> bind(const StepBinding& b) {
  return b.operands[0].view.dtype == DType::i8 ? bind_as<int8_t>(b) : bind_as<uint8_t>(b);
}

}  // namespace

std::span<const CpuKernel> quantized_pool_cpu_kernels() {
  static constexpr CpuKernel kKernels[] = {
      {"quantized_pool", "generic", [](const StepBinding&) { return true; }, bind}};
  return kKernels;
}

}  // namespace hone
