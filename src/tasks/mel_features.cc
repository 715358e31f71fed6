#include "tasks/mel_features.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>

#include "tasks/fields.h"

namespace hone {
namespace {

constexpr int kMaxMelWindow = 1 << 16;
constexpr int kMaxBands = 1024;

double mel_of(double hz) { return 1127 * std::log(1 + hz / 700); }

int transform_of(const MelOptions& options) {
  if (options.transform > 0) return options.transform;
  return static_cast<int>(std::bit_ceil(static_cast<unsigned>(options.window)));
}

}  // namespace

Expected<MelOptions> mel_options(const Json& features, int rate) {
  const Fields fields = Fields::whole(features);
  MelOptions options{.rate = rate};
  HONE_TRY(options.window, fields.integer("window", options.window, 2, kMaxMelWindow));
  HONE_TRY(options.hop, fields.integer("hop", options.hop, 1, kMaxMelWindow));
  HONE_TRY(options.transform, fields.integer("transform", 0, options.window, kMaxMelWindow));
  HONE_TRY(options.bands, fields.integer("bands", options.bands, 1, kMaxBands));
  HONE_TRY(options.coefficients,
           fields.integer("coefficients", options.coefficients, 0, options.bands));
  HONE_TRY(options.least_hz, fields.number("least_hz", options.least_hz, 0, rate / 2.0));
  HONE_TRY(options.most_hz,
           fields.number("most_hz", std::min(options.most_hz, rate / 2.0), 0, rate / 2.0));
  HONE_TRY(options.floor, fields.number("floor", options.floor, 1e-30, 1));
  if (options.most_hz <= options.least_hz) return fields.wrong("most_hz", "above least_hz");
  return options;
}

MelFeatures::MelFeatures(const MelOptions& options)
    : options_(options), fourier_(transform_of(options), Fourier::Way::forward) {
  const auto turn = [](double part) { return std::cos(2 * std::numbers::pi * part); };
  for (int i = 0; i < options.window; ++i) {
    window_.push_back(0.5 - 0.5 * turn(static_cast<double>(i) / options.window));
  }
  const double least = mel_of(options.least_hz), most = mel_of(options.most_hz);
  const double step = (most - least) / (options.bands + 1);
  const size_t bins = static_cast<size_t>(fourier_.length()) / 2 + 1;
  for (int b = 0; b < options.bands; ++b) {
    const double left = least + b * step, center = left + step, right = center + step;
    Band band;
    for (size_t bin = 1; bin < bins; ++bin) {  // the constant part belongs to no band
      const double mel =
          mel_of(static_cast<double>(bin) * options.rate / static_cast<double>(fourier_.length()));
      const double weight =
          std::min((mel - left) / (center - left), (right - mel) / (right - center));
      if (weight <= 0 && band.weights.empty()) continue;
      if (weight <= 0) break;
      if (band.weights.empty()) band.first = bin;
      band.weights.push_back(weight);
    }
    bands_.push_back(std::move(band));
  }
  for (int c = 0; c < options.coefficients; ++c) {
    for (int b = 0; b < options.bands; ++b) {
      cosines_.push_back(2 * turn(c * (b + 0.5) / (2.0 * options.bands)) /
                         std::sqrt(2.0 * options.bands));
    }
  }
}

size_t MelFeatures::columns() const {
  return static_cast<size_t>(options_.coefficients > 0 ? options_.coefficients : options_.bands);
}

size_t MelFeatures::frames(size_t samples) const {
  const size_t window = static_cast<size_t>(options_.window);
  return samples < window ? 0 : (samples - window) / static_cast<size_t>(options_.hop) + 1;
}

void MelFeatures::magnitudes(std::span<const float> frame, std::vector<double>& bins) const {
  const size_t length = static_cast<size_t>(fourier_.length());
  std::vector<std::complex<double>> x(length), y(length),
      scratch(static_cast<size_t>(fourier_.scratch()));
  for (size_t i = 0; i < frame.size(); ++i) x[i] = static_cast<double>(frame[i]) * window_[i];
  fourier_.run(x.data(), y.data(), scratch.data());
  for (size_t i = 0; i < bins.size(); ++i) bins[i] = std::abs(y[i]);
}

std::vector<float> MelFeatures::compute(std::span<const float> samples) const {
  std::vector<double> bins(static_cast<size_t>(fourier_.length()) / 2 + 1), logs(bands_.size());
  std::vector<float> made;
  const size_t rows = frames(samples.size()), hop = static_cast<size_t>(options_.hop);
  made.reserve(rows * columns());
  for (size_t r = 0; r < rows; ++r) {
    magnitudes(samples.subspan(r * hop, window_.size()), bins);
    for (size_t b = 0; b < bands_.size(); ++b) {
      double sum = 0;
      for (size_t i = 0; i < bands_[b].weights.size(); ++i) {
        sum += bins[bands_[b].first + i] * bands_[b].weights[i];
      }
      logs[b] = std::log(sum + options_.floor);
    }
    if (cosines_.empty()) {
      for (const double log : logs) made.push_back(static_cast<float>(log));
      continue;
    }
    for (size_t c = 0; c < columns(); ++c) {
      double sum = 0;
      for (size_t b = 0; b < logs.size(); ++b) sum += logs[b] * cosines_[c * logs.size() + b];
      made.push_back(static_cast<float>(sum));
    }
  }
  return made;
}

}  // namespace hone
