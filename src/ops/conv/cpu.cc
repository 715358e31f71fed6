#include <array>

#include "backend/cpu/rows_step.h"
#include "ops/conv/cpu_geometry.h"

namespace hone {
namespace {

// One place of the result after another, as the definition says.
struct Generic {
  ConvGeometry g;
  EpilogueAttrs epilogue;

  template <class T>
  void plane(const StepBinding& b, int64_t plane_index) const {
    const int64_t channels = g.out_channels * g.groups;
    const int64_t image = plane_index / channels, channel = plane_index % channels;
    const int64_t group = image * g.groups + channel / g.out_channels;
    const T* x = b.operands[0].view.as<T>() + group * g.in_channels * g.in_places();
    const T* filter = b.operands[1].view.as<T>() + channel * g.in_channels * g.kernel_places();
    const T *bias = b.operands[2].view.as<T>(), *residual = b.operands[3].view.as<T>();
    const EpilogueAttrs finishing = of_channel(epilogue, b.operands[4].view.as<T>(), channel);
    int64_t at = plane_index * g.out_places();
    for (int64_t o0 = 0; o0 < g.out[0]; ++o0) {
      for (int64_t o1 = 0; o1 < g.out[1]; ++o1) {
        for (int64_t o2 = 0; o2 < g.out[2]; ++o2, ++at) {
          T sum = bias == nullptr ? T{0} : bias[channel];
          for (int64_t c = 0; c < g.in_channels; ++c) {
            sum += dot(x + c * g.in_places(), filter + c * g.kernel_places(), {o0, o1, o2});
          }
          const T more = residual == nullptr ? T{0} : residual[at];
          b.results[0].view.as<T>()[at] = static_cast<T>(
              finish(finishing, static_cast<double>(sum), static_cast<double>(more)));
        }
      }
    }
  }

  template <class T>
  T dot(const T* x, const T* filter, std::array<int64_t, 3> o) const {
    T sum = 0;
    std::array<int64_t, 3> origin;
    for (size_t i = 0; i < 3; ++i) origin[i] = o[i] * g.axes[i].stride - g.axes[i].begin;
    for (int64_t k0 = 0; k0 < g.kernel[0]; ++k0) {
      const int64_t i0 = origin[0] + k0 * g.axes[0].dilation;
      if (i0 < 0 || i0 >= g.in[0]) continue;
      for (int64_t k1 = 0; k1 < g.kernel[1]; ++k1) {
        const int64_t i1 = origin[1] + k1 * g.axes[1].dilation;
        if (i1 < 0 || i1 >= g.in[1]) continue;
        for (int64_t k2 = 0; k2 < g.kernel[2]; ++k2) {
          const int64_t i2 = origin[2] + k2 * g.axes[2].dilation;
          if (i2 < 0 || i2 >= g.in[2]) continue;
          sum += x[(i0 * g.in[1] + i1) * g.in[2] + i2] *
                 filter[(k0 * g.kernel[1] + k1) * g.kernel[2] + k2];
        }
      }
    }
    return sum;
  }
};

template <class T>
std::unique_ptr<CpuStep> bind_as(const StepBinding& b) {
  const Generic conv{ConvGeometry::of(b), b.attrs->as<ConvAttrs>().epilogue};
  return rows_step(conv.g.images * conv.g.groups * conv.g.out_channels, kElementsATile,
                   [=, binding = b](int64_t first, int64_t count) {
                     for (int64_t i = first; i < first + count; ++i) conv.plane<T>(binding, i);
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
  // From the bias on, taps in the order of the weights.
  static constexpr std::string_view kInOrder = "fma by tap";
  static constexpr CpuKernel kKernels[] = {
      {"conv",
       "bf16_tiles",
       accepts_conv_bf16_tiles,
       bind_conv_bf16_tiles,
       {},
       true,
       nullptr,
       Precision::bf16,
       "amx"},
      {"conv", "bf16", accepts_conv_bf16, bind_conv_bf16, {}, true, nullptr, Precision::bf16},
      {"conv",
       "winograd",
       accepts_conv_winograd,
       bind_conv_winograd,
       {},
       true,
       nullptr,
       Precision::winograd},
      {"conv", "dots", accepts_conv_dots, bind_conv_dots},
      {"conv", "direct", accepts_conv_direct, bind_conv_direct, kInOrder, true},
      {"conv", "same", accepts_conv_same, bind_conv_same, kInOrder},
      {"conv", "depthwise", accepts_conv_depthwise, bind_conv_depthwise, kInOrder, true},
      {"conv", "channels", accepts_conv_channels, bind_conv_channels, kInOrder, true,
       conv_channels_layout},
      {"conv", "product", accepts_conv_product, bind_conv_product, kInOrder, true,
       conv_product_layout},
      {"conv", "channels", accepts_conv_channels_few, bind_conv_channels, kInOrder, true,
       conv_channels_layout},
      {"conv", "same_wide", accepts_conv_same_wide, bind_conv_same, kInOrder},
      {"conv", "generic", accepts, bind}};
  return kKernels;
}

}  // namespace hone
