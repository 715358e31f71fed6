#include "ops/fourier.h"

#include <algorithm>
#include <numbers>

namespace hone {
namespace {

std::vector<int64_t> prime_factors(int64_t number) {
  std::vector<int64_t> factors;
  for (int64_t f = 2; f * f <= number; ++f) {
    for (; number % f == 0; number /= f) factors.push_back(f);
  }
  if (number > 1) factors.push_back(number);
  return factors;
}

}  // namespace

int64_t fourier_steps(int64_t length) {
  int64_t sum = 0;
  for (const int64_t f : prime_factors(length)) sum += f;
  return sum;
}

Fourier::Fourier(int64_t length, Way way) : length_(length), factors_(prime_factors(length)) {
  for (const int64_t f : factors_) widest_ = std::max(widest_, f);
  const double sign = way == Way::forward ? -2 : 2;
  for (int64_t k = 0; k < length; ++k) {
    const double part = static_cast<double>(k) / static_cast<double>(length);
    turns_.push_back(std::polar(1.0, sign * std::numbers::pi * part));
  }
}

void Fourier::run(const std::complex<double>* x, std::complex<double>* y,
                  std::complex<double>* scratch) const {
  step(x, 1, length_, 0, y, scratch);
}

// x's entries `stride` apart: first those of each residue of the factor, then all together. The
// depth is the number of factors, at most 62.
void Fourier::step(const std::complex<double>* x, int64_t stride, int64_t n, size_t factor,
                   std::complex<double>* y, std::complex<double>* scratch) const {
  if (n <= 1) {
    if (n == 1) y[0] = x[0];
    return;
  }
  const int64_t p = factors_[factor], m = n / p;
  for (int64_t r = 0; r < p; ++r) {
    step(x + r * stride, stride * p, m, factor + 1, y + r * m, scratch);
  }
  for (int64_t k = 0; k < m; ++k) {
    for (int64_t r = 0; r < p; ++r) {
      scratch[r] = y[r * m + k] * turns_[static_cast<size_t>(r * k * stride)];
    }
    for (int64_t q = 0; q < p; ++q) {
      std::complex<double> sum = scratch[0];
      int64_t at = 0;
      for (int64_t r = 1; r < p; ++r) {
        at = at + q * m * stride;  // r * q * m * stride modulo the length
        at = at % length_;
        sum += scratch[r] * turns_[static_cast<size_t>(at)];
      }
      y[q * m + k] = sum;
    }
  }
}

}  // namespace hone
