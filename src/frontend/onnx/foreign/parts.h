// What several foreign operators are put together from.
#pragma once

#include "frontend/onnx/node_import.h"
#include "ops/binary/op.h"
#include "ops/dequantize/op.h"

namespace hone::onnx {

inline ir::ValueId binary(NodeImport& n, BinaryKind kind, ir::ValueId a, ir::ValueId b) {
  return n.add("binary", {a, b}, BinaryAttrs{kind});
}

// The real numbers of the codes, scale and zero point from input `first` on.
inline ir::ValueId real(NodeImport& n, size_t first, int64_t axis = 1) {
  return n.add("dequantize", {n.input(first), n.input(first + 1), n.input(first + 2)},
               DequantizeAttrs{.axis = axis});
}

}  // namespace hone::onnx
