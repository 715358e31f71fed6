// Random: PCG32 (O'Neill 2014, pcg-random.org), the same numbers from the same seed everywhere.
#pragma once

#include <cstdint>

namespace hone {

class Random {
 public:
  // The sequence picks one of 2^63 streams.
  explicit Random(uint64_t seed, uint64_t sequence = 0x6d1f1ce5ca5cadedu)
      : increment_(sequence << 1 | 1) {
    next();
    state_ += seed;
    next();
  }

  uint32_t next() {
    const uint64_t old = state_;
    state_ = old * 6364136223846793005u + increment_;
    const auto shifted = static_cast<uint32_t>(((old >> 18) ^ old) >> 27);
    const auto turn = static_cast<uint32_t>(old >> 59);
    return (shifted >> turn) | (shifted << ((32 - turn) & 31));
  }

  // In [0, 1), 53 bits.
  double uniform() {
    const uint64_t high = next() >> 5;
    const uint64_t low = next() >> 6;
    return static_cast<double>(high << 26 | low) * 0x1p-53;
  }

 private:
  uint64_t increment_;  // odd
  uint64_t state_ = 0;
};

}  // namespace hone
