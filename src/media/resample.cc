#include "media/resample.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>
#include <numeric>

namespace hone {
namespace {

constexpr double kAttenuation = 96;  // dB, of the ideal window; the table's floats cost some of it
constexpr double kPassband = 0.92;   // of half the lower rate; the stopband begins at 1
// Between so many rows a sample, scaled to the width of the kernel, the straight line is nearer to
// the kernel than the stopband is to silence.
constexpr double kEnoughPhases = 1024;
constexpr int64_t kMinPhases = 16;
constexpr size_t kLanes = 16;
using Lanes [[gnu::vector_size(kLanes * sizeof(float))]] = float;

// Oppenheim and Schafer, Discrete-Time Signal Processing, section 7.5.3.
constexpr double kBeta = 0.1102 * (kAttenuation - 8.7);

// The modified Bessel function of order 0 by its power series, for 0 to 10; std::cyl_bessel_i takes
// a hundred times longer.
double bessel_i0(double x) {
  const double quarter = x * x / 4;
  double sum = 1, term = 1;
  for (int k = 1; k <= 30; ++k) {
    term *= quarter / (k * k);
    sum += term;
  }
  return sum;
}

// Over -1 to 1, but for a constant factor.
double kaiser(double x) { return std::abs(x) >= 1 ? 0 : bessel_i0(kBeta * std::sqrt(1 - x * x)); }

double sinc(double x) {
  if (x == 0) return 1;
  return std::sin(std::numbers::pi * x) / (std::numbers::pi * x);
}

}  // namespace

Expected<Resampler> Resampler::create(int from, int to) {
  for (const int rate : {from, to}) {
    if (rate < kMinSoundRate || rate > kMaxSoundRate) {
      return fail(Code::invalid_argument, "a sample rate of ", rate, " Hz is not possible; ",
                  kMinSoundRate, " to ", kMaxSoundRate, " Hz are");
    }
  }
  const int divisor = std::gcd(from, to);
  return Resampler(to / divisor, from / divisor);
}

Resampler::Resampler(int64_t up, int64_t down) : up_(up), down_(down) {
  if (up_ != down_) build_table();
  history_.assign(half_, 0.0f);
  begin_ = -static_cast<int64_t>(half_);
}

void Resampler::build_table() {
  const double ratio = std::min(1.0, static_cast<double>(up_) / static_cast<double>(down_));
  const double transition = std::numbers::pi * (1 - kPassband) * ratio;
  const double taps = (kAttenuation - 7.95) / (2.285 * transition);
  half_ = (static_cast<size_t>(taps / 2) / kLanes + 1) * kLanes;
  phases_ = std::min(up_, std::max(kMinPhases, static_cast<int64_t>(kEnoughPhases * ratio)));
  table_.resize(static_cast<size_t>(phases_ + 1) * 2 * half_);
  for (int64_t phase = 0; phase <= phases_; ++phase) {
    build_row(static_cast<size_t>(phase),
              static_cast<double>(phase) / static_cast<double>(phases_));
  }
}

// The weights of the samples -half + 1 to half around a place `shift` behind sample 0.
void Resampler::build_row(size_t row, double shift) {
  const double ratio = std::min(1.0, static_cast<double>(up_) / static_cast<double>(down_));
  const double cutoff = ratio * (1 + kPassband) / 2;
  const auto half = static_cast<double>(half_);
  std::vector<double> weights(2 * half_);
  for (size_t i = 0; i < weights.size(); ++i) {
    const double distance = static_cast<double>(i) + 1 - half - shift;
    weights[i] = sinc(cutoff * distance) * kaiser(distance / half);
  }
  // Each phase alone keeps a constant as it is.
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  std::ranges::transform(weights, table_.begin() + static_cast<ptrdiff_t>(row * 2 * half_),
                         [sum](double weight) { return static_cast<float>(weight / sum); });
}

float Resampler::convolve(const float* row, const float* samples) const {
  Lanes sums = {};
  for (size_t i = 0; i < 2 * half_; i += kLanes) {
    Lanes weights, values;
    std::memcpy(&weights, row + i, sizeof weights);
    std::memcpy(&values, samples + i, sizeof values);
    sums += weights * values;
  }
  for (size_t width = kLanes / 2; width > 0; width /= 2) {
    for (size_t lane = 0; lane < width; ++lane) sums[lane] += sums[lane + width];
  }
  return sums[0];
}

float Resampler::sample_at(const float* begin) const {
  const int64_t scaled = remainder_ * phases_;
  const float* row = table_.data() + static_cast<size_t>(scaled / up_) * 2 * half_;
  const int64_t rest = scaled % up_;
  const float sample = convolve(row, begin);
  if (rest == 0) return sample;
  const float share = static_cast<float>(rest) / static_cast<float>(up_);
  return std::lerp(sample, convolve(row + 2 * half_, begin), share);
}

std::vector<float> Resampler::run(int64_t end, int64_t last) {
  std::vector<float> out;
  const auto half = static_cast<int64_t>(half_);
  while (position_ + half < end && position_ < last) {
    out.push_back(sample_at(history_.data() + (position_ + 1 - half - begin_)));
    remainder_ += down_;
    position_ += remainder_ / up_;
    remainder_ %= up_;
  }
  return out;
}

void Resampler::drop_used() {
  const int64_t needed = position_ + 1 - static_cast<int64_t>(half_);
  const int64_t used =
      std::clamp<int64_t>(needed - begin_, 0, static_cast<int64_t>(history_.size()));
  history_.erase(history_.begin(), history_.begin() + used);
  begin_ += used;
}

std::vector<float> Resampler::push(std::span<const float> samples) {
  if (up_ == down_) return {samples.begin(), samples.end()};
  history_.insert(history_.end(), samples.begin(), samples.end());
  received_ += static_cast<int64_t>(samples.size());
  std::vector<float> out = run(received_, received_);
  drop_used();
  return out;
}

std::vector<float> Resampler::finish() {
  if (up_ == down_) return {};
  history_.insert(history_.end(), half_ + 1, 0.0f);
  return run(received_ + static_cast<int64_t>(half_) + 1, received_);
}

Expected<std::vector<float>> resample(std::span<const float> samples, int from, int to) {
  HONE_TRY(Resampler resampler, Resampler::create(from, to));
  std::vector<float> out = resampler.push(samples);
  const std::vector<float> rest = resampler.finish();
  out.insert(out.end(), rest.begin(), rest.end());
  return out;
}

}  // namespace hone
