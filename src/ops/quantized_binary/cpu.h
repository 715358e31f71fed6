// What the kernels of each instruction set take. Plain data only.
#pragma once

#include <stdint.h>

namespace hone {

// A row of codes; b may be one code for all.
struct CodeBinary {
  int kind;  // of QuantizedBinaryAttrs
  const uint8_t *a, *b;
  bool a_signed, b_signed;
  bool one_a, one_b;  // the same code for every element
  float a_zero, b_zero, a_scale, b_scale;
  int32_t low, high, zero;
  // Where it goes in fixed point: multiplier, left and right shift of a, b and y; else null.
  const int32_t* fixed;
  int64_t count;
  uint8_t* y;
};

struct QuantizedBinaryFns {
  void (*row)(const CodeBinary&);
};

}  // namespace hone
