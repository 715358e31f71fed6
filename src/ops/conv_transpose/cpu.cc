#include <algorithm>
#include <array>

#include "backend/cpu/rows_step.h"
#include "ops/conv_transpose/op.h"

namespace hone {
namespace {

// A channel of the result at a time: each tap adds whole rows of x, so that vectors run along the
// width where the stride is 1.
template <class T>
struct Planes {
  int64_t groups, in_channels, out_channels;  // of a group
  std::array<int64_t, 3> in, out;
  std::array<TransposeAxis, 3> axes;
  const T *x, *weight, *bias;
  T* y;

  void plane(int64_t index) const {
    const int64_t channels = groups * out_channels;
    const int64_t image = index / channels, channel = index % channels;
    const int64_t group = channel / out_channels;
    const int64_t places = out[0] * out[1] * out[2], size = in[0] * in[1] * in[2];
    const int64_t taps = axes[0].kernel * axes[1].kernel * axes[2].kernel;
    T* target = y + index * places;
    std::fill(target, target + places, bias == nullptr ? T{0} : bias[channel]);
    for (int64_t c = group * in_channels; c < (group + 1) * in_channels; ++c) {
      const T* from = x + (image * groups * in_channels + c) * size;
      const T* filter = weight + (c * out_channels + channel % out_channels) * taps;
      for (int64_t d = 0; d < axes[0].kernel; ++d) {
        for (int64_t h = 0; h < axes[1].kernel; ++h) {
          for (int64_t w = 0; w < axes[2].kernel; ++w) add(from, *filter++, {d, h, w}, target);
        }
      }
    }
  }

  // The elements of x, by index of an axis, that tap k carries into y.
  std::pair<int64_t, int64_t> range(size_t a, int64_t k) const {
    const TransposeAxis& axis = axes[a];
    const int64_t shift = k * axis.dilation - axis.begin;
    const int64_t first = shift >= 0 ? 0 : (-shift + axis.stride - 1) / axis.stride;
    const int64_t room = out[a] - shift;
    const int64_t last = room <= 0 ? 0 : (room + axis.stride - 1) / axis.stride;
    return {first, std::min(last, in[a])};
  }

  void add(const T* from, T factor, const std::array<int64_t, 3>& tap, T* target) const {
    const auto [d0, d1] = range(0, tap[0]);
    const auto [h0, h1] = range(1, tap[1]);
    const auto [w0, w1] = range(2, tap[2]);
    const auto place = [&](size_t a, int64_t i) {
      return i * axes[a].stride - axes[a].begin + tap[a] * axes[a].dilation;
    };
    for (int64_t d = d0; d < d1; ++d) {
      for (int64_t h = h0; h < h1; ++h) {
        const T* row = from + (d * in[1] + h) * in[2];
        T* to = target + (place(0, d) * out[1] + place(1, h)) * out[2];
        const int64_t stride = axes[2].stride, shift = place(2, 0);
        if (stride == 1) {
          for (int64_t w = w0; w < w1; ++w) to[w + shift] += factor * row[w];
        } else {
          for (int64_t w = w0; w < w1; ++w) to[w * stride + shift] += factor * row[w];
        }
      }
    }
  }
};

template <class T>
std::unique_ptr<CpuStep> bind_as(const StepBinding& b) {
  const auto& attrs = b.attrs->as<ConvTransposeAttrs>();
  const Dims &x = b.operands[0].view.dims, &w = b.operands[1].view.dims;
  const Dims& y = b.results[0].view.dims;
  Planes<T> planes{.groups = attrs.groups,
                   .in_channels = w[0] / attrs.groups,
                   .out_channels = w[1],
                   .in = {1, 1, 1},
                   .out = {1, 1, 1},
                   .axes = {},
                   .x = b.operands[0].view.as<T>(),
                   .weight = b.operands[1].view.as<T>(),
                   .bias = b.operands[2].view.as<T>(),
                   .y = b.results[0].view.as<T>()};
  planes.axes.fill({1, 1, 1, 0, 1});
  const Shape sizes = x.shape();
  const auto found = transpose_axes(attrs, std::span(sizes).subspan(2), w.sizes().subspan(2));
  const size_t front = 5 - x.rank();
  for (size_t i = 2; i < x.rank(); ++i) {
    planes.axes[front + i - 2] = (*found)[i - 2];
    planes.in[front + i - 2] = x[i];
    planes.out[front + i - 2] = y[i];
  }
  const int64_t count = y.elements() == 0 ? 0 : y[0] * y[1];
  return rows_step(count, kElementsATile, [=](int64_t first, int64_t rows) {
    for (int64_t i = first; i < first + rows; ++i) planes.plane(i);
  });
}

std::unique_ptr<CpuStep> bind(const StepBinding& b) {
  return b.operands[0].view.dtype == DType::f32 ? bind_as<float>(b) : bind_as<double>(b);
}

bool accepts(const StepBinding& b) {
  const DType dtype = b.operands[0].view.dtype;
  return dtype == DType::f32 || dtype == DType::f64;
}

}  // namespace

std::span<const CpuKernel> conv_transpose_cpu_kernels() {
  static constexpr CpuKernel kKernels[] = {{"conv_transpose", "generic", accepts, bind}};
  return kKernels;
}

}  // namespace hone
