// Mel spectra and MFCCs of a piece of sound, as TensorFlow's tf.signal computes them: frames under
// a Hann window, the magnitude of their Fourier transform, triangles on the HTK mel scale, the
// logarithm, and for MFCCs a cosine transform.
#pragma once

#include <complex>
#include <span>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "ops/fourier.h"

namespace hone {

struct MelOptions {
  int rate = 16000;   // samples a second
  int window = 480;   // samples of a frame
  int hop = 320;      // samples from one frame to the next
  int transform = 0;  // length of the Fourier transform; 0: the next power of two
  int bands = 40;
  double least_hz = 20, most_hz = 4000;
  int coefficients = 10;  // of the cosine transform, the first ones; 0: the logarithms themselves
  double floor = 1e-6;    // added before the logarithm
};
// From a task's "features".
Expected<MelOptions> mel_options(const Json& features, int rate);

class MelFeatures {
 public:
  explicit MelFeatures(const MelOptions& options);

  size_t columns() const;               // numbers a frame
  size_t frames(size_t samples) const;  // whole frames in so many samples
  // Row by row, frames(samples.size()) rows of columns().
  std::vector<float> compute(std::span<const float> samples) const;

 private:
  struct Band {
    size_t first = 0;             // bin
    std::vector<double> weights;  // of the bins from there
  };
  void magnitudes(std::span<const float> frame, std::vector<double>& bins) const;

  MelOptions options_;
  Fourier fourier_;
  std::vector<double> window_;
  std::vector<Band> bands_;
  std::vector<double> cosines_;  // coefficients x bands
};

}  // namespace hone
