#pragma once

#include "frontend/onnx/node_import.h"
#include "ops/binary/op.h"

namespace hone::onnx {

inline ir::ValueId add_binary(NodeImport& n, BinaryKind kind, ir::ValueId a, ir::ValueId b) {
  return n.add("binary", {a, b}, BinaryAttrs{kind});
}

}  // namespace hone::onnx
