// exp and log made of IEEE additions and multiplications only, so that a seed gives the same tokens
// on every platform; libm's differ in the last bits.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

namespace hone {

// e^x for x <= 88; relative error below 3e-7; e^-87, next to nothing, below. Loops over it
// vectorize.
inline float portable_exp(float x) {
  constexpr float kLog2E = 1.44269504f;
  constexpr float kRound = 12582912.0f;  // 1.5 * 2^23: adding it rounds to an integer
  constexpr float kLn2High = 0.693359375f;
  constexpr float kLn2Low = -2.12194440e-4f;
  const float clamped = x < -87.0f ? -87.0f : x;
  const float shifted = clamped * kLog2E + kRound;
  const float n = shifted - kRound;
  const float r = clamped - n * kLn2High - n * kLn2Low;
  float sum = 1.0f / 720;
  sum = sum * r + 1.0f / 120;
  sum = sum * r + 1.0f / 24;
  sum = sum * r + 1.0f / 6;
  sum = sum * r + 0.5f;
  sum = sum * r + 1.0f;
  sum = sum * r + 1.0f;
  const int32_t exponent = std::bit_cast<int32_t>(shifted) - std::bit_cast<int32_t>(kRound);
  const float power = std::bit_cast<float>((exponent + 127) << 23);
  return sum * power;
}

// Natural logarithm of a positive finite number; relative error below 1e-15 away from 1.
inline double portable_log(double x) {
  constexpr double kLn2 = 0.69314718055994530942;
  int exponent = 0;
  double m = std::frexp(x, &exponent);  // exact
  if (m < 0.70710678118654752) {
    m *= 2;
    --exponent;
  }
  const double s = (m - 1) / (m + 1);
  double series = 0;
  for (int k = 23; k >= 1; k -= 2) series = series * (s * s) + 1.0 / k;
  return exponent * kLn2 + 2 * s * series;
}

}  // namespace hone
