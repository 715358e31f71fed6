// The discrete Fourier transform of one line, for kernels.
#pragma once

#include <complex>
#include <cstdint>
#include <vector>

namespace hone {

// About how many steps a transform of that length takes for each entry: the sum of its prime
// factors.
int64_t fourier_steps(int64_t length);

// Of one length, by its prime factors: about n * (sum of the factors) steps.
class Fourier {
 public:
  enum class Way : uint8_t { forward, inverse };
  Fourier(int64_t length, Way way);

  int64_t length() const { return length_; }
  int64_t scratch() const { return widest_; }  // numbers that run needs
  // y[k] is the sum of x[n] * e^(-2 pi i k n / length), +2 pi i for inverse (not divided by the
  // length). x and y do not overlap.
  void run(const std::complex<double>* x, std::complex<double>* y,
           std::complex<double>* scratch) const;

 private:
  void step(const std::complex<double>* x, int64_t stride, int64_t n, size_t factor,
            std::complex<double>* y, std::complex<double>* scratch) const;

  int64_t length_, widest_ = 1;
  std::vector<int64_t> factors_;
  std::vector<std::complex<double>> turns_;  // e^(-+2 pi i k / length)
};

}  // namespace hone
