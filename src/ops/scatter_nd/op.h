// scatter_nd: x, but with slices updated at places that are rows of an index tensor (ONNX
// ScatterND).
#pragma once

#include "ops/attrs.h"
#include "ops/scatter_reduction.h"

namespace hone {

// Updates of one place happen in the order of the updates.
struct ScatterNdAttrs {
  ScatterReduction reduction = ScatterReduction::none;
  void visit(AttrVisitor& v) { v.field("reduction", reduction, kScatterReductionNames); }
};

}  // namespace hone
