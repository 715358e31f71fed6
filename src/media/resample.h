// Sound from one sample rate to another, whole or piece by piece.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/error.h"

namespace hone {

// Samples a second.
inline constexpr int kMinSoundRate = 1000;
inline constexpr int kMaxSoundRate = 768'000;

// A windowed sinc (Kaiser) at the phases that the two rates need. Below 0.92 of the lower rate's
// half the sound keeps its level within 0.01 dB; what the lower rate cannot hold is damped by 90 dB
// or more. Nothing is delayed: sample n of the result is the sound at time n / to. Outside of it is
// silence.
class Resampler {
 public:
  // Rates outside of the limits above are invalid.
  static Expected<Resampler> create(int from, int to);

  // The samples of the result that are complete with these; pieces may have any size, which does
  // not change the result by a bit. Memory is bounded by the largest piece.
  std::vector<float> push(std::span<const float> samples);
  // After the last piece: the rest. In all, ceil(samples * to / from).
  std::vector<float> finish();

 private:
  Resampler(int64_t up, int64_t down);
  void build_table();
  void build_row(size_t row, double shift);
  float sample_at(const float* begin) const;
  float convolve(const float* row, const float* samples) const;
  // Results that lie before input `last` and need no input from `end` on.
  std::vector<float> run(int64_t end, int64_t last);
  void drop_used();

  int64_t up_;                  // from / to in lowest terms is
  int64_t down_;                // down / up
  size_t half_ = 0;             // samples on each side that a result depends on, a multiple of 8
  int64_t phases_ = 1;          // rows between two samples; fewer than `up`: neighbors are mixed
  std::vector<float> table_;    // [phases + 1, 2 * half]
  std::vector<float> history_;  // samples from number `begin_` on, silence before the first
  int64_t begin_ = 0;
  int64_t received_ = 0;
  int64_t position_ = 0;  // the next result lies at input position_ + remainder_ / up_
  int64_t remainder_ = 0;
};

// All at once.
Expected<std::vector<float>> resample(std::span<const float> samples, int from, int to);

}  // namespace hone
