#include <cmath>
#include <limits>
#include <utility>

#include "backend/cpu/rows_step.h"

namespace hone {
namespace {

// Gaussian elimination with the largest pivot of each column, in double.
double determinant(double* m, int64_t n) {
  double value = 1;
  for (int64_t c = 0; c < n; ++c) {
    int64_t pivot = c;
    for (int64_t r = c + 1; r < n; ++r) {
      if (std::abs(m[r * n + c]) > std::abs(m[pivot * n + c])) pivot = r;
    }
    if (m[pivot * n + c] == 0) return 0;
    if (pivot != c) {
      for (int64_t i = c; i < n; ++i) std::swap(m[pivot * n + i], m[c * n + i]);
      value = -value;
    }
    value *= m[c * n + c];
    for (int64_t r = c + 1; r < n; ++r) {
      const double factor = m[r * n + c] / m[c * n + c];
      for (int64_t i = c + 1; i < n; ++i) m[r * n + i] -= factor * m[c * n + i];
    }
  }
  return value;
}

// One matrix a tile.
template <class T>
class Det final : public CpuStep {
 public:
  explicit Det(const StepBinding& b)
      : x_(b.operands[0].view.as<T>()),
        y_(b.results[0].view.as<T>()),
        n_(b.operands[0].view.dims.back()),
        matrices_(b.results[0].view.dims.elements()) {}

  int64_t tiles() const override { return matrices_; }
  size_t scratch_bytes() const override {
    return matrices_ == 0 ? 0 : sizeof(double) * static_cast<size_t>(n_ * n_);
  }
  void run(int64_t tile, Scratch scratch) override {
    auto* copy = reinterpret_cast<double*>(scratch.data());
    const T* from = x_ + tile * n_ * n_;
    bool finite = true;
    for (int64_t i = 0; i < n_ * n_; ++i) {
      copy[i] = static_cast<double>(from[i]);
      finite = finite && std::isfinite(copy[i]);
    }
    y_[tile] = finite ? static_cast<T>(determinant(copy, n_)) : std::numeric_limits<T>::quiet_NaN();
  }

 private:
  const T* x_;
  T* y_;
  int64_t n_, matrices_;
};

bool accepts(const StepBinding& b) {
  const DType dtype = b.operands[0].view.dtype;
  return dtype == DType::f32 || dtype == DType::f64;
}

std::unique_ptr<CpuStep> bind(const StepBinding& b) {
  if (b.operands[0].view.dtype == DType::f32) return std::make_unique<Det<float>>(b);
  return std::make_unique<Det<double>>(b);
}

}  // namespace

std::span<const CpuKernel> det_cpu_kernels() {
  static constexpr CpuKernel kKernels[] = {{"det", "generic", accepts, bind}};
  return kKernels;
}

}  // namespace hone
