// expand: x repeated until it has a shape that it broadcasts to (ONNX Expand).
#pragma once

#include "ops/attrs.h"

namespace hone {

struct ExpandAttrs {
  std::vector<int64_t> shape;  // broadcast with x's own; the operand `shape` may give it instead
  void visit(AttrVisitor& v) { v.field("shape", shape); }
};

}  // namespace hone
