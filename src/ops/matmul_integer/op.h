// matmul_integer: NumPy's matmul of 8-bit codes less their zero points, in 32 bits that wrap (ONNX
// MatMulInteger).
#pragma once

#include "ops/attrs.h"

namespace hone {

using MatmulIntegerAttrs = NoAttrs;

}  // namespace hone
