#include <algorithm>
#include <vector>

#include "backend/cpu/rows_step.h"
#include "ops/deform_conv/op.h"

namespace hone {
namespace {

// Each place looks up its taps once for all channels of the result.
template <class T>
class DeformConvStep final : public CpuStep {
 public:
  explicit DeformConvStep(const StepBinding& b)
      : attrs_(b.attrs->as<DeformConvAttrs>()),
        x_(b.operands[0].view),
        weight_(b.operands[1].view),
        y_(b.results[0].view),
        offset_(b.operands[2].view.as<T>()),
        bias_(b.operands[3].view.as<T>()),
        mask_(b.operands[4].view.as<T>()),
        taps_(weight_.dims[2] * weight_.dims[3]) {
    const Shape shape = x_.dims.shape();
    axes_ =
        *window_axes(attrs_.window, std::span(shape).subspan(2), weight_.dims.sizes().subspan(2));
  }
  // A row of places each.
  int64_t tiles() const override { return y_.dims.elements() == 0 ? 0 : y_.dims[0] * y_.dims[2]; }
  size_t scratch_bytes() const override {
    return static_cast<size_t>(x_.dims[1] * taps_) * sizeof(double);
  }
  void run(int64_t tile, Scratch scratch) override {
    const int64_t image = tile / y_.dims[2], row = tile % y_.dims[2];
    for (int64_t column = 0; column < y_.dims[3]; ++column) {
      place(image, row, column, reinterpret_cast<double*>(scratch.data()));
    }
  }

 private:
  void place(int64_t image, int64_t row, int64_t column, double* seen) const {
    const int64_t places = y_.dims[2] * y_.dims[3], spot = row * y_.dims[3] + column;
    const int64_t height = x_.dims[2], width = x_.dims[3], channels = x_.dims[1];
    for (int64_t c = 0; c < channels; ++c) {
      const int64_t group = c / (channels / attrs_.offset_groups);
      const T* plane = x_.as<T>() + (image * channels + c) * height * width;
      for (int64_t k = 0; k < taps_; ++k) {
        const int64_t tap = (image * attrs_.offset_groups + group) * taps_ + k;
        const T* moved = offset_ + 2 * tap * places + spot;
        const int64_t h =
            row * axes_[0].stride - axes_[0].begin + k / weight_.dims[3] * axes_[0].dilation;
        const int64_t w =
            column * axes_[1].stride - axes_[1].begin + k % weight_.dims[3] * axes_[1].dilation;
        double value =
            between(plane, height, width, static_cast<double>(h) + static_cast<double>(moved[0]),
                    static_cast<double>(w) + static_cast<double>(moved[places]));
        if (mask_ != nullptr) value *= static_cast<double>(mask_[tap * places + spot]);
        seen[c * taps_ + k] = value;
      }
    }
    const int64_t out = y_.dims[1], count = weight_.dims[1] * taps_;
    for (int64_t c = 0; c < out; ++c) {
      const double* from = seen + c / (out / attrs_.groups) * count;
      const T* filter = weight_.as<T>() + c * count;
      double sum = bias_ == nullptr ? 0 : static_cast<double>(bias_[c]);
      for (int64_t k = 0; k < count; ++k) sum += from[k] * static_cast<double>(filter[k]);
      y_.as<T>()[(image * out + c) * places + spot] = static_cast<T>(sum);
    }
  }

  DeformConvAttrs attrs_;
  View x_, weight_, y_;
  const T *offset_, *bias_, *mask_;
  int64_t taps_;
  std::vector<WindowAxis> axes_;
};

std::unique_ptr<CpuStep> bind(const StepBinding& b) {
  if (b.operands[0].view.dtype == DType::f32) return std::make_unique<DeformConvStep<float>>(b);
  return std::make_unique<DeformConvStep<double>>(b);
}

bool accepts(const StepBinding& b) {
  const DType dtype = b.operands[0].view.dtype;
  return dtype == DType::f32 || dtype == DType::f64;
}

}  // namespace

std::span<const CpuKernel> deform_conv_cpu_kernels() {
  static constexpr CpuKernel kKernels[] = {{"deform_conv", "generic", accepts, bind}};
  return kKernels;
}

}  // namespace hone
