// trilu: the upper or lower triangle of matrices, zeros elsewhere (ONNX Trilu).
#pragma once

#include "ops/attrs.h"

namespace hone {

// The diagonal that is the triangle's edge is operand `k` above the main one; none: 0.
struct TriluAttrs {
  bool upper = true;
  void visit(AttrVisitor& v) { v.field("upper", upper); }
};

}  // namespace hone
