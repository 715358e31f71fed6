#include <cmath>
#include <limits>

#include "backend/cpu/step.h"
#include "ops/dft/op.h"
#include "ops/fourier.h"
#include "ops/shape_rules.h"

namespace hone {
namespace {

using Complex = std::complex<double>;

// What a line with anything in it that is no finite number becomes: the sums themselves would
// depend on the order of the steps.
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

int64_t number(const Operand& operand) {
  return operand.view.dtype == DType::i64 ? *operand.view.as<int64_t>()
                                          : *operand.view.as<int32_t>();
}

// One tile is one line.
class DftStep final : public CpuStep {
 public:
  DftStep(const StepBinding& b, int64_t length, size_t axis)
      : attrs_(b.attrs->as<DftAttrs>()),
        fourier_(length, attrs_.inverse ? Fourier::Way::inverse : Fourier::Way::forward),
        x_(b.operands[0].view.as<float>()),
        y_(b.results[0].view.as<float>()) {
    const Dims &x = b.operands[0].view.dims, &y = b.results[0].view.dims;
    for (size_t i = 0; i < axis; ++i) outer_ *= x[i];
    for (size_t i = axis + 1; i + 1 < x.rank(); ++i) inner_ *= x[i];
    in_ = x[axis], out_ = y[axis];
    in_parts_ = x.back(), out_parts_ = y.back();
  }

  int64_t tiles() const override { return outer_ * inner_; }
  size_t scratch_bytes() const override {
    return static_cast<size_t>(2 * fourier_.length() + fourier_.scratch()) * sizeof(Complex);
  }
  void run(int64_t tile, Scratch scratch) override {
    auto* line = reinterpret_cast<Complex*>(scratch.data());
    Complex* made = line + fourier_.length();
    const int64_t first = tile / inner_ * in_ * inner_ + tile % inner_;
    const int64_t length = fourier_.length();
    bool finite = true;
    for (int64_t n = 0; n < length; ++n) {
      line[n] = value(first, n);
      finite = finite && std::isfinite(line[n].real()) && std::isfinite(line[n].imag());
    }
    if (attrs_.onesided && attrs_.inverse) {
      for (int64_t n = length / 2 + 1; n < length; ++n) line[n] = std::conj(line[length - n]);
    }
    fourier_.run(line, made, made + length);
    const double scale = attrs_.inverse ? 1 / static_cast<double>(length) : 1.0;
    const int64_t target = tile / inner_ * out_ * inner_ + tile % inner_;
    for (int64_t k = 0; k < out_; ++k) {
      float* y = y_ + (target + k * inner_) * out_parts_;
      const Complex sum = finite ? made[k] * scale : Complex(kNan, kNan);
      y[0] = static_cast<float>(sum.real());
      if (out_parts_ == 2) y[1] = static_cast<float>(sum.imag());
    }
  }

 private:
  Complex value(int64_t first, int64_t n) const {
    if (n >= in_) return 0;
    const float* x = x_ + (first + n * inner_) * in_parts_;
    return {static_cast<double>(x[0]), in_parts_ == 2 ? static_cast<double>(x[1]) : 0.0};
  }

  DftAttrs attrs_;
  Fourier fourier_;
  const float* x_;
  float* y_;
  int64_t outer_ = 1, inner_ = 1, in_ = 0, out_ = 0, in_parts_ = 1, out_parts_ = 2;
};

std::unique_ptr<CpuStep> bind(const StepBinding& b) {
  const auto& attrs = b.attrs->as<DftAttrs>();
  const Dims& x = b.operands[0].view.dims;
  const int64_t given = b.operands[2].present() ? number(b.operands[2]) : attrs.axis;
  const size_t axis = find_axis(given, x.rank()).value_or(0);
  int64_t length = attrs.onesided && attrs.inverse ? 2 * (x[axis] - 1) : x[axis];
  if (b.operands[1].present()) length = number(b.operands[1]);
  return std::make_unique<DftStep>(b, length, axis);
}

}  // namespace

std::span<const CpuKernel> dft_cpu_kernels() {
  static constexpr CpuKernel kKernels[] = {
      {"dft", "generic",
       [](const StepBinding& b) { return b.operands[0].view.dtype == DType::f32; }, bind}};
  return kKernels;
}

}  // namespace hone
