// gather_nd: slices of x at places that are rows of an index tensor (ONNX GatherND).
#pragma once

#include "ops/attrs.h"

namespace hone {

struct GatherNdAttrs {
  int64_t batch_axes = 0;  // the first axes, which x and index have in common
  void visit(AttrVisitor& v) { v.field("batch_axes", batch_axes); }
};

}  // namespace hone
