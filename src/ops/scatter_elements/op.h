// scatter_elements: x, but with updates at places that indices name along an axis (ONNX
// ScatterElements, Scatter).
#pragma once

#include "ops/attrs.h"
#include "ops/scatter_reduction.h"

namespace hone {

// Updates of one place happen in the order of the updates.
struct ScatterElementsAttrs {
  int64_t axis = 0;
  ScatterReduction reduction = ScatterReduction::none;
  void visit(AttrVisitor& v) {
    v.field("axis", axis);
    v.field("reduction", reduction, kScatterReductionNames);
  }
};

}  // namespace hone
