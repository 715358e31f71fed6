// concat: tensors one after the other along an axis (ONNX Concat).
#pragma once

#include "ops/attrs.h"

namespace hone {

struct ConcatAttrs {
  int64_t axis = 0;
  void visit(AttrVisitor& v) { v.field("axis", axis); }
};

}  // namespace hone
