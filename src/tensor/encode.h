// Single elements of plain dtypes as numbers, both ways: for scalars, references and rare types.
#pragma once

#include <cstddef>

#include "tensor/dtype.h"
#include "tensor/small_float.h"

namespace hone {

// The element at `bytes` (any address), of a plain number or a small float.
double decode_element(DType dtype, const std::byte* bytes);
// Rounds to nearest even. Integers are truncated and clamped to the dtype's range, NaN becomes 0;
// what is too large for an 8-bit float becomes what `overflow` says.
void encode_element(DType dtype, double value, std::byte* bytes,
                    Overflow overflow = Overflow::saturate);

}  // namespace hone
