// one_hot: each index becomes an axis with one value where it points and another one elsewhere
// (ONNX OneHot).
#pragma once

#include "ops/attrs.h"

namespace hone {

struct OneHotAttrs {
  int64_t axis = -1;  // of y
  void visit(AttrVisitor& v) { v.field("axis", axis); }
};

}  // namespace hone
