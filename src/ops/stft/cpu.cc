#include <cmath>
#include <limits>

#include "backend/cpu/step.h"
#include "ops/fourier.h"
#include "ops/stft/op.h"

namespace hone {
namespace {

using Complex = std::complex<double>;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

int64_t number(const Operand& operand) {
  return operand.view.dtype == DType::i64 ? *operand.view.as<int64_t>()
                                          : *operand.view.as<int32_t>();
}

int64_t length_of(const StepBinding& b) {
  if (b.operands[3].present()) return number(b.operands[3]);
  return b.operands[2].present() ? b.operands[2].view.dims[0] : b.operands[0].view.dims[1];
}

// One tile is one frame.
class StftStep final : public CpuStep {
 public:
  explicit StftStep(const StepBinding& b)
      : fourier_(length_of(b), Fourier::Way::forward),
        x_(b.operands[0].view.as<float>()),
        window_(b.operands[2].present() ? b.operands[2].view.as<float>() : nullptr),
        y_(b.results[0].view.as<float>()),
        step_(number(b.operands[1])),
        samples_(b.operands[0].view.dims[1]),
        parts_(b.operands[0].view.dims[2]),
        batch_(b.results[0].view.dims[0]),
        frames_(b.results[0].view.dims[1]),
        bins_(b.results[0].view.dims[2]) {}

  int64_t tiles() const override { return batch_ * frames_; }
  size_t scratch_bytes() const override {
    return static_cast<size_t>(2 * fourier_.length() + fourier_.scratch()) * sizeof(Complex);
  }
  void run(int64_t tile, Scratch scratch) override {
    auto* frame = reinterpret_cast<Complex*>(scratch.data());
    const int64_t length = fourier_.length();
    Complex* made = frame + length;
    const float* x = x_ + (tile / frames_ * samples_ + tile % frames_ * step_) * parts_;
    bool finite = true;
    for (int64_t n = 0; n < length; ++n, x += parts_) {
      const double weight = window_ == nullptr ? 1.0 : static_cast<double>(window_[n]);
      const double real = static_cast<double>(x[0]) * weight;
      const double imaginary = parts_ == 2 ? static_cast<double>(x[1]) * weight : 0.0;
      frame[n] = {real, imaginary};
      finite = finite && std::isfinite(real) && std::isfinite(imaginary);
    }
    fourier_.run(frame, made, made + length);
    float* y = y_ + tile * bins_ * 2;
    for (int64_t k = 0; k < bins_; ++k) {
      const Complex sum = finite ? made[k] : Complex(kNan, kNan);
      y[2 * k] = static_cast<float>(sum.real());
      y[2 * k + 1] = static_cast<float>(sum.imag());
    }
  }

 private:
  Fourier fourier_;
  const float *x_, *window_;
  float* y_;
  int64_t step_, samples_, parts_, batch_, frames_, bins_;
};

}  // namespace

std::span<const CpuKernel> stft_cpu_kernels() {
  static constexpr CpuKernel kKernels[] = {
      {"stft", "generic",
       [](const StepBinding& b) { return b.operands[0].view.dtype == DType::f32; },
       [](const StepBinding& b) -> std::unique_ptr<CpuStep> {
         return std::make_unique<StftStep>(b);
       }}};
  return kKernels;
}

}  // namespace hone
