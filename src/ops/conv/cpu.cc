#include <array>

#include "backend/cpu/rows_step.h"
#include "ops/conv/op.h"

namespace hone {
namespace {

// One place of the result after another, as the definition says; up to 3 spatial axes.
struct Generic {
  Dims x_dims, w_dims, y_dims;
  std::array<WindowAxis, 3> axes;  // the innermost last, those in front are of size 1
  std::array<int64_t, 3> in, out, kernel;
  int64_t groups;

  explicit Generic(const StepBinding& b)
      : x_dims(b.operands[0].view.dims),
        w_dims(b.operands[1].view.dims),
        y_dims(b.results[0].view.dims),
        groups(b.attrs->as<ConvAttrs>().groups) {
    in.fill(1);
    out.fill(1);
    kernel.fill(1);
    axes.fill({1, 1, 1, 0, 0});
    const size_t spatial = x_dims.rank() - 2, front = 3 - spatial;
    const Shape sizes = x_dims.shape();
    const auto found = window_axes(b.attrs->as<ConvAttrs>().window, std::span(sizes).subspan(2),
                                   w_dims.sizes().subspan(2));
    for (size_t i = 0; i < spatial; ++i) {
      axes[front + i] = (*found)[i];
      in[front + i] = x_dims[2 + i];
      out[front + i] = y_dims[2 + i];
      kernel[front + i] = w_dims[2 + i];
    }
  }

  template <class T>
  void plane(const T* x, const T* weight, const T* bias, T* y, int64_t plane_index) const {
    const int64_t out_channels = w_dims[0], in_channels = w_dims[1];
    const int64_t image = plane_index / out_channels, channel = plane_index % out_channels;
    const int64_t group = channel / (out_channels / groups);
    const int64_t in_size = in[0] * in[1] * in[2], taps = kernel[0] * kernel[1] * kernel[2];
    const T* first = x + (image * x_dims[1] + group * in_channels) * in_size;
    const T* filter = weight + channel * in_channels * taps;
    T* target = y + plane_index * out[0] * out[1] * out[2];
    for (int64_t o0 = 0; o0 < out[0]; ++o0) {
      for (int64_t o1 = 0; o1 < out[1]; ++o1) {
        for (int64_t o2 = 0; o2 < out[2]; ++o2) {
          T sum = bias == nullptr ? T{0} : bias[channel];
          for (int64_t c = 0; c < in_channels; ++c) {
            sum += dot(first + c * in_size, filter + c * taps, {o0, o1, o2});
          }
          *target++ = sum;
        }
      }
    }
  }

  template <class T>
  T dot(const T* x, const T* filter, std::array<int64_t, 3> o) const {
    T sum = 0;
    std::array<int64_t, 3> origin;
    for (size_t i = 0; i < 3; ++i) origin[i] = o[i] * axes[i].stride - axes[i].begin;
    for (int64_t k0 = 0; k0 < kernel[0]; ++k0) {
      const int64_t i0 = origin[0] + k0 * axes[0].dilation;
      if (i0 < 0 || i0 >= in[0]) continue;
      for (int64_t k1 = 0; k1 < kernel[1]; ++k1) {
        const int64_t i1 = origin[1] + k1 * axes[1].dilation;
        if (i1 < 0 || i1 >= in[1]) continue;
        for (int64_t k2 = 0; k2 < kernel[2]; ++k2) {
          const int64_t i2 = origin[2] + k2 * axes[2].dilation;
          if (i2 < 0 || i2 >= in[2]) continue;
          sum += x[(i0 * in[1] + i1) * in[2] + i2] * filter[(k0 * kernel[1] + k1) * kernel[2] + k2];
        }
      }
    }
    return sum;
  }
};

template <class T>
std::unique_ptr<CpuStep> bind_as(const StepBinding& b) {
  const Generic conv(b);
  const T *x = b.operands[0].view.as<T>(), *weight = b.operands[1].view.as<T>();
  const T* bias = b.operands[2].view.as<T>();
  T* y = b.results[0].view.as<T>();
  return rows_step(conv.y_dims[0] * conv.y_dims[1], kElementsATile,
                   [=](int64_t first, int64_t count) {
                     for (int64_t i = first; i < first + count; ++i)
                       conv.plane(x, weight, bias, y, i);
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

std::span<const CpuKernel> conv_cpu_kernels() {
  static constexpr CpuKernel kKernels[] = {{"conv", "generic", accepts, bind}};
  return kKernels;
}

}  // namespace hone
