#include <array>

#include "backend/cpu/rows_step.h"
#include "ops/quantized_conv/cpu_geometry.h"

namespace hone {
namespace {

// One place of the result after another, as the definition says.
template <class X, class W>
struct Generic {
  CodeGeometry g;
  const QuantizedConvAttrs* attrs;
  StepBinding b;

  void place(int64_t index) const {
    const int64_t channels = g.all_out();
    std::array<int64_t, 3> o;
    int64_t rest = index;
    for (size_t i = 3; i-- > 0; rest /= g.out[i]) o[i] = rest % g.out[i];
    const X* image = b.operands[0].view.as<X>() + rest * g.in_places() * g.all_in();
    const View& scales = b.operands[2].view;
    const int32_t* bias = b.operands[3].view.as<int32_t>();
    auto* y = reinterpret_cast<uint8_t*>(b.results[0].view.data) + index * channels;
    for (int64_t c = 0; c < channels; ++c) {
      const uint32_t first = bias == nullptr ? 0u : static_cast<uint32_t>(bias[c]);
      const auto sum = static_cast<int32_t>(first + products(image, c, o));
      const double code = scales.dtype == DType::f64
                              ? attrs->y.code_of(FixedScale::of(scales.as<double>()[c]).times(sum))
                              : attrs->y.code_of(static_cast<float>(sum) * scales.as<float>()[c]);
      y[c] = static_cast<uint8_t>(static_cast<int32_t>(code));
    }
  }

  uint32_t products(const X* image, int64_t channel, std::array<int64_t, 3> o) const {
    const W* w = b.operands[1].view.as<W>() + channel * g.taps();
    const int64_t group = channel / g.out_channels * g.in_channels;
    uint32_t sum = 0;
    for (int64_t tap = 0; tap < g.kernel_places(); ++tap, w += g.in_channels) {
      int64_t left = tap, offset = 0, step = 1;
      bool inside = true;
      for (size_t a = 3; a-- > 0; left /= g.kernel[a]) {
        const WindowAxis& axis = g.axes[a];
        const int64_t at = o[a] * axis.stride - axis.begin + left % g.kernel[a] * axis.dilation;
        inside = inside && at >= 0 && at < g.in[a];
        offset += at * step;
        step *= g.in[a];
      }
      if (!inside) continue;
      const X* x = image + offset * g.all_in() + group;
      for (int64_t c = 0; c < g.in_channels; ++c) {
        const auto a = static_cast<int32_t>(x[c] - attrs->x_zero);
        const auto f = static_cast<int32_t>(w[c] - attrs->w_zero);
        sum += static_cast<uint32_t>(a * f);
      }
    }
    return sum;
  }
};

template <class X, class W>
std::unique_ptr<CpuStep> bind_as(const StepBinding& b) {
  const Generic<X, W> conv{CodeGeometry::of(b), &b.attrs->as<QuantizedConvAttrs>(), b};
  const int64_t work = conv.g.all_out() * std::max<int64_t>(1, conv.g.taps() / 8);
  return rows_step(conv.g.images * conv.g.out_places(), work, [=](int64_t first, int64_t count) {
    for (int64_t i = first; i < first + count; ++i) conv.place(i);
  });
}

std::unique_ptr<CpuStep> bind(const StepBinding& b) {
  const bool x_signed = b.operands[0].view.dtype == DType::i8;
  if (b.operands[1].view.dtype == DType::i8) {
    return x_signed ? bind_as<int8_t, int8_t>(b) : bind_as<uint8_t, int8_t>(b);
  }
  return x_signed ? bind_as<int8_t, uint8_t>(b) : bind_as<uint8_t, uint8_t>(b);
}

}  // namespace

std::span<const CpuKernel> quantized_conv_cpu_kernels() {
  static constexpr std::string_view kExact = "integers";
  static constexpr CpuKernel kKernels[] = {
      {"quantized_conv", "depthwise", accepts_code_depthwise, bind_code_depthwise, kExact, true},
      {"quantized_conv", "slab_tiles", accepts_code_slabs, bind_code_slabs, kExact, true,
       code_product_layout, Precision::f32, "amx"},
      {"quantized_conv", "tiles", accepts_code_tiles, bind_code_tiles, kExact, true,
       code_product_layout, Precision::f32, "amx"},
      {"quantized_conv", "product", accepts_code_product, bind_code_product, kExact, true,
       code_product_layout},
      {"quantized_conv", "generic", [](const StepBinding&) { return true; }, bind, kExact}};
  return kKernels;
}

}  // namespace hone
