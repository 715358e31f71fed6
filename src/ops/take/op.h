// take: slices of x along an axis, by index (ONNX Gather; for embeddings of block-quantized tables
// see gather).
#pragma once

#include "ops/attrs.h"

namespace hone {

struct TakeAttrs {
  int64_t axis = 0;  // in y, the axes of index stand in its place
  void visit(AttrVisitor& v) { v.field("axis", axis); }
};

}  // namespace hone
