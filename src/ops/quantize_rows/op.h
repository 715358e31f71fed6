// quantize_rows: activations to q8_a, 32 at a time: scale = max|x| / 127, codes rounded to nearest,
// ties to even. This rule is the numeric class of every quantized matmul.
#pragma once

#include "ops/attrs.h"

namespace hone {

using QuantizeRowsAttrs = NoAttrs;

}  // namespace hone
