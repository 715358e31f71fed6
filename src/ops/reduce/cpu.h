// What the reduce kernels of each instruction set take. Plain data only.
#pragma once

#include <stdint.h>

namespace hone {

// What is gathered before a kind's last step (a root, a logarithm, a division).
enum class ReducePart : uint8_t { sum, sum_abs, sum_square, sum_exp, prod, max, min };

struct ReduceFns {
  // The part of n >= 1 numbers in a row; sum_exp takes e^(x - shift).
  float (*rows[7])(const float* x, int64_t n, float shift);  // by ReducePart
  // Adds a row of n numbers to what n results have gathered, each with its own shift.
  void (*columns[7])(const float* x, int64_t n, const float* shift, float* part);
};

}  // namespace hone
