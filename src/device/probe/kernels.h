// What the probe's kernels of each instruction set take. Plain data only.
#pragma once

#include <stdint.h>

namespace hone {

inline constexpr int64_t kProbeVector = 64;        // bytes
inline constexpr int64_t kProbeVectorsAtOnce = 8;  // reads go in multiples of this

struct ProbeFns {
  // Reads so many vectors, a multiple of kProbeVectorsAtOnce, and returns something that depends on
  // all.
  float (*read)(const uint8_t* data, int64_t vectors);
  // Multiplies 8-bit integers and adds the products, `rounds` times dot_ops multiplications and
  // additions, with nearly all operands in registers. Returns something that depends on all.
  float (*dot)(int64_t rounds);
  int64_t dot_ops;
  // The same for floats: adds factor * factor to every lane again and again.
  float (*fma)(int64_t rounds, float factor);
  int64_t fma_ops;
};

// Of sets that have tiles: as ProbeFns::dot.
struct ProbeTileFns {
  float (*dot)(int64_t rounds);
  int64_t dot_ops;
};

}  // namespace hone
