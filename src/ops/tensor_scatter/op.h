// tensor_scatter: a cache with a run of new entries written along its time axis (ONNX
// TensorScatter).
#pragma once

#include "ops/attrs.h"

namespace hone {

struct TensorScatterAttrs {
  int64_t axis = -2;      // of time; not the first, which is the batch
  bool circular = false;  // what goes beyond the end goes on at the beginning
  void visit(AttrVisitor& v) {
    v.field("axis", axis);
    v.field("circular", circular);
  }
};

}  // namespace hone
