// How far the outputs of two devices may be apart that run the same engine: derived from what is
// computed, never from what was seen.
#pragma once

#include <string>

#include "engine/program.h"

namespace hone::cli {

// Each step's rounding errors are independent. Those of a sum of K products in f32 are near
// 2^-24 * sqrt(K) of its scale; and where numbers are kept in fewer bits, one of K that another sum
// rounds the other way, by a step s of its type, changes the rest by s / sqrt(K). `share` is four
// times the root of the sum of their squares.
struct NumericClass {
  std::string name;  // of its coarsest numbers: "f32", "f16", "bf16", "int8"
  double share = 0;  // of an output's scale
};

NumericClass numeric_class_of(const Plan& plan);
NumericClass numeric_class_of(const Program& program);

}  // namespace hone::cli
