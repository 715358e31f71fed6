// reshape: the same elements under another shape; costs nothing while running.
#pragma once

#include "ops/attrs.h"

namespace hone {

// The new shape; -1 stands for the first axis of x, which may be a symbol.
struct ReshapeAttrs {
  std::vector<int64_t> shape;
  void visit(AttrVisitor& v) { v.field("shape", shape); }
};

}  // namespace hone
