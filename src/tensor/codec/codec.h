// Codecs: how the elements of a stored type become floats. One file a type, codec/<name>.cc, which
// defines decode_<name>; the table is made from tensor/dtypes.inc.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tensor/dtype.h"

namespace hone {

struct Codec {
  DType dtype;
  // Writes `elements` floats, a multiple of the type's block, from as many whole blocks. `blocks`
  // may lie at any address; no block can make it read elsewhere. Results are bit-equal to ggml's
  // dequantize_row_* (but for the payload of NaNs). Integers and f64 are rounded to the nearest
  // float.
  void (*decode)(const std::byte* blocks, int64_t elements, float* out);
};

// Null for types that are never in a file.
const Codec* find_codec(DType dtype);

}  // namespace hone
