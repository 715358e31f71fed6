// Random tensor data in any weight type of GGUF, block types included, without an encoder.
#pragma once

#include <cstdint>
#include <string>

#include "support/split_mix.h"
#include "tensor/dtype.h"

namespace hone::test {

// `elements` (whole blocks) of `dtype` whose values have about mean 0 and standard deviation
// `deviation`. Plain numbers are uniform. Blocks hold random codes and sub-block scales (every bit
// pattern is valid) under one scale of their own, drawn within +-25% of what gives the deviation
// and of either sign. q1_0, q2_0, q8_k and integers are not made: empty.
std::string random_tensor(DType dtype, int64_t elements, float deviation, SplitMix64& random);

}  // namespace hone::test
