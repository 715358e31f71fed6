// Sparse constants of TFLite, spread out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "frontend/tflite/model.h"

namespace hone::tflite {

// The tensor that `sparsity` tells of, row-major, zero where nothing is stored. `values` are the
// stored elements of `element_bytes` each, in the order of traversal. The caller has checked that
// `shape` has no size below 1 and that as many elements can be allocated.
// Source: "Sparse tensors" in schema.fbs; TFLite's sparsity_format_converter.cc.
Expected<std::vector<std::byte>> densify(const Sparsity& sparsity, PackedView<int32_t> shape,
                                         Bytes values, size_t element_bytes);

}  // namespace hone::tflite
