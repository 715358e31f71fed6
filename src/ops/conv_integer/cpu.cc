#include <algorithm>
#include <array>

#include "backend/cpu/rows_step.h"
#include "ops/conv_integer/cpu.h"
#include "ops/conv_integer/op.h"

namespace hone {
namespace {

// One plane of the result at a time: tap by tap, along its rows; up to 3 spatial axes.
template <class X, class W>
struct Planes {
  const X* x;
  const W* weight;
  const X* x_zero;
  const W* w_zero;
  const int32_t* bias;
  int32_t* y;
  int64_t w_zeros;  // 1, or one a channel
  int64_t channels, out_channels, group_in, group_out;
  std::array<WindowAxis, 3> axes;  // the innermost last, those in front are of size 1
  std::array<int64_t, 3> in, out, kernel;

  explicit Planes(const StepBinding& b)
      : x(b.operands[0].view.as<X>()),
        weight(b.operands[1].view.as<W>()),
        x_zero(b.operands[2].view.as<X>()),
        w_zero(b.operands[3].view.as<W>()),
        bias(b.operands[4].view.as<int32_t>()),
        y(b.results[0].view.as<int32_t>()) {
    const auto& attrs = b.attrs->as<ConvIntegerAttrs>();
    const Dims &x_dims = b.operands[0].view.dims, &w_dims = b.operands[1].view.dims;
    const Dims& y_dims = b.results[0].view.dims;
    w_zeros = w_zero == nullptr ? 1 : b.operands[3].view.dims.elements();
    channels = x_dims[1];
    out_channels = w_dims[0];
    group_in = w_dims[1];
    group_out = out_channels / attrs.groups;
    in.fill(1);
    out.fill(1);
    kernel.fill(1);
    axes.fill({1, 1, 1, 0, 0});
    const size_t spatial = x_dims.rank() - 2, front = 3 - spatial;
    const Shape sizes = x_dims.shape();
    const auto found =
        window_axes(attrs.window, std::span(sizes).subspan(2), w_dims.sizes().subspan(2));
    for (size_t i = 0; i < spatial; ++i) {
      axes[front + i] = (*found)[i];
      in[front + i] = x_dims[2 + i];
      out[front + i] = y_dims[2 + i];
      kernel[front + i] = w_dims[2 + i];
    }
  }

  // The places [first, last) of an axis at which tap k lies inside.
  std::pair<int64_t, int64_t> inside(size_t axis, int64_t k) const {
    const WindowAxis& a = axes[axis];
    const int64_t shift = a.begin - k * a.dilation;
    const int64_t first = shift > 0 ? (shift + a.stride - 1) / a.stride : 0;
    const int64_t end = in[axis] + shift;
    const int64_t last = end > 0 ? (end + a.stride - 1) / a.stride : 0;
    return {std::min(first, out[axis]), std::min(last, out[axis])};
  }

  void plane(int64_t index) const {
    const int64_t image = index / out_channels, channel = index % out_channels;
    const int64_t out_size = out[0] * out[1] * out[2], in_size = in[0] * in[1] * in[2];
    int32_t* target = y + index * out_size;
    std::fill(target, target + out_size, bias == nullptr ? 0 : bias[channel]);
    const int64_t first_channel = image * channels + channel / group_out * group_in;
    const int32_t zero =
        w_zero == nullptr ? 0 : static_cast<int32_t>(w_zero[w_zeros == 1 ? 0 : channel]);
    const W* tap = weight + channel * group_in * kernel[0] * kernel[1] * kernel[2];
    for (int64_t c = 0; c < group_in; ++c) {
      const X* from = x + (first_channel + c) * in_size;
      for (int64_t k0 = 0; k0 < kernel[0]; ++k0) {
        for (int64_t k1 = 0; k1 < kernel[1]; ++k1) {
          for (int64_t k2 = 0; k2 < kernel[2]; ++k2, ++tap) {
            const int32_t factor = static_cast<int32_t>(*tap) - zero;
            if (factor != 0) add(from, factor, {k0, k1, k2}, target);
          }
        }
      }
    }
  }

  void add(const X* from, int32_t factor, std::array<int64_t, 3> k, int32_t* target) const {
    const int32_t zero = x_zero == nullptr ? 0 : static_cast<int32_t>(*x_zero);
    const auto rows0 = inside(0, k[0]), rows1 = inside(1, k[1]), run = inside(2, k[2]);
    const int64_t stride = axes[2].stride, count = run.second - run.first;
    const auto source = [&](size_t axis, int64_t o) {
      return o * axes[axis].stride - axes[axis].begin + k[axis] * axes[axis].dilation;
    };
    if (count <= 0) return;
    for (int64_t o0 = rows0.first; o0 < rows0.second; ++o0) {
      for (int64_t o1 = rows1.first; o1 < rows1.second; ++o1) {
        const X* line =
            from + (source(0, o0) * in[1] + source(1, o1)) * in[2] + source(2, run.first);
        int32_t* sums = target + (o0 * out[1] + o1) * out[2] + run.first;
        if (stride == 1) {
          accumulate<1>(line, 1, count, factor, zero, sums);
        } else {
          accumulate<0>(line, stride, count, factor, zero, sums);
        }
      }
    }
  }

  template <int kStride>
  static void accumulate(const X* line, int64_t stride, int64_t count, int32_t factor, int32_t zero,
                         int32_t* sums) {
    for (int64_t i = 0; i < count; ++i) {
      const int32_t value = static_cast<int32_t>(line[kStride == 1 ? i : i * stride]) - zero;
      sums[i] = static_cast<int32_t>(static_cast<uint32_t>(sums[i]) +
                                     static_cast<uint32_t>(factor) * static_cast<uint32_t>(value));
    }
  }
};

template <class X, class W>
std::unique_ptr<CpuStep> bind_as(const StepBinding& b) {
  const Planes<X, W> planes(b);
  return rows_step(b.results[0].view.dims[0] * planes.out_channels, kElementsATile,
                   [=](int64_t first, int64_t count) {
                     for (int64_t i = first; i < first + count; ++i) planes.plane(i);
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

std::span<const CpuKernel> conv_integer_cpu_kernels() {
  static constexpr CpuKernel kKernels[] = {
      {"conv_integer", "product", accepts_conv_integer_product, bind_conv_integer_product,
       "integers", false, conv_integer_product_layout},
      {"conv_integer", "generic", [](const StepBinding&) { return true; }, bind, "integers"}};
  return kKernels;
}

}  // namespace hone
