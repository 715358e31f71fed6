#include "media/resample.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "media/npy.h"

namespace hone {
namespace {

// Resampled by SciPy: tools/make_media_goldens.py.
std::vector<float> golden(std::string_view name) {
  const auto array = read_npy(cat(HONE_SOURCE_DIR "/src/media/testdata/sound/", name, ".npy"));
  std::vector<float> out;
  if (array) {
    for (const float value : PackedView<float>(array->bytes)) out.push_back(value);
  }
  return out;
}

std::vector<float> tone(double hertz, int rate, size_t samples) {
  std::vector<float> out(samples);
  for (size_t i = 0; i < samples; ++i) {
    out[i] =
        static_cast<float>(std::sin(2 * std::numbers::pi * hertz * static_cast<double>(i) / rate));
  }
  return out;
}

// The level of a full-scale tone of that frequency after resampling, in dB, away from the ends.
double level_db(double hertz, int from, int to) {
  const auto out = resample(tone(hertz, from, static_cast<size_t>(from) / 4), from, to).value();
  double power = 0;
  const size_t begin = out.size() / 4, end = out.size() - begin;
  for (size_t i = begin; i < end; ++i) power += static_cast<double>(out[i]) * out[i];
  return 10 * std::log10(2 * power / static_cast<double>(end - begin) + 1e-30);
}

constexpr std::pair<int, int> kRates[] = {
    {44100, 16000}, {48000, 16000}, {8000, 16000},  {16000, 22050},
    {22050, 16000}, {96000, 8000},  {44101, 16000}, {16000, 48000},
};

TEST(Resampler, IsScipysWithASteepWindow) {
  for (const auto& [from, to] :
       {std::pair(44100, 16000), {48000, 16000}, {8000, 16000}, {16000, 22050}, {22050, 16000}}) {
    const auto truth = golden(cat(from, "_to_", to));
    const auto out = resample(golden(cat(from)), from, to).value();
    ASSERT_EQ(out.size(), truth.size());
    for (size_t i = 0; i < out.size(); ++i) {
      EXPECT_NEAR(out[i], truth[i], 5e-5) << from << " to " << to << ", sample " << i;
    }
  }
}

TEST(Resampler, TonesInThePassbandKeepTheirLevel) {
  for (const auto& [from, to] : kRates) {
    const double nyquist = std::min(from, to) / 2.0;
    for (const double share : {0.01, 0.3, 0.5, 0.8, 0.9}) {
      EXPECT_NEAR(level_db(share * nyquist, from, to), 0, 0.01)
          << from << " " << to << " " << share;
    }
  }
}

TEST(Resampler, WhatTheLowerRateCannotHoldIsGone) {
  for (const auto& [from, to] : kRates) {
    if (from < to) continue;
    for (const double share : {1.01, 1.1, 1.3, 1.37}) {
      const double hertz = share * to / 2;
      if (hertz >= from / 2.0) continue;
      EXPECT_LT(level_db(hertz, from, to), -88) << from << " " << to;
    }
  }
}

// Going up, the mirror images of a tone must be missing: what is left after taking the tone away.
TEST(Resampler, GoingUpAddsNothing) {
  for (const auto& [from, to] : kRates) {
    if (from > to) continue;
    const double hertz = 0.31 * from;
    const auto out = resample(tone(hertz, from, static_cast<size_t>(from) / 4), from, to).value();
    const auto truth = tone(hertz, to, out.size());
    for (size_t i = out.size() / 4; i < out.size() * 3 / 4; ++i) {
      ASSERT_NEAR(out[i], truth[i], 1e-4) << from << " " << to;
    }
  }
}

TEST(Resampler, PiecesOfAnySizeGiveEqualBits) {
  for (const auto& [from, to] : kRates) {
    const auto samples = tone(440, from, 5000);
    const auto whole = resample(samples, from, to).value();
    for (const size_t step : {size_t{1}, size_t{7}, size_t{160}, size_t{1000}}) {
      Resampler resampler = Resampler::create(from, to).value();
      std::vector<float> out;
      for (size_t at = 0; at < samples.size(); at += step) {
        const auto piece =
            resampler.push(std::span(samples).subspan(at, std::min(step, samples.size() - at)));
        out.insert(out.end(), piece.begin(), piece.end());
      }
      const auto rest = resampler.finish();
      out.insert(out.end(), rest.begin(), rest.end());
      ASSERT_EQ(out, whole) << from << " " << to << " " << step;
    }
  }
}

TEST(Resampler, LengthIsThatOfTheTime) {
  for (const auto& [from, to] : kRates) {
    for (const size_t samples : {size_t{0}, size_t{1}, size_t{2}, size_t{777}}) {
      const auto out = resample(std::vector<float>(samples, 0.5f), from, to).value();
      const double exact = static_cast<double>(samples) * to / from;
      EXPECT_EQ(out.size(), static_cast<size_t>(std::ceil(exact - 1e-9))) << from << " " << to;
    }
  }
}

TEST(Resampler, AConstantStays) {
  for (const auto& [from, to] : kRates) {
    const auto out = resample(std::vector<float>(20000, 0.5f), from, to).value();
    for (size_t i = out.size() / 4; i < out.size() * 3 / 4; ++i) {
      ASSERT_NEAR(out[i], 0.5f, 1e-6) << from << " " << to;
    }
  }
}

TEST(Resampler, EqualRatesChangeNothing) {
  const auto samples = tone(440, 16000, 100);
  EXPECT_EQ(resample(samples, 16000, 16000).value(), samples);
}

TEST(Resampler, ImpossibleRatesAreRefusedExtremeOnesServed) {
  EXPECT_EQ(Resampler::create(0, 16000).error().code, Code::invalid_argument);
  EXPECT_EQ(Resampler::create(16000, -1).error().code, Code::invalid_argument);
  EXPECT_EQ(Resampler::create(16000, kMaxSoundRate + 1).error().code, Code::invalid_argument);
  const auto low =
      resample(std::vector<float>(kMaxSoundRate / 2, 1.0f), kMaxSoundRate, kMinSoundRate);
  EXPECT_EQ(low->size(), 500u);
  EXPECT_NEAR((*low)[250], 1, 1e-5);
  const auto odd = resample(std::vector<float>(10'000, 1.0f), 767'999, 1001);
  EXPECT_EQ(odd->size(), 14u);
  EXPECT_EQ(resample(std::vector<float>(100, 1.0f), 1000, kMaxSoundRate)->size(), 76'800u);
}

}  // namespace
}  // namespace hone
