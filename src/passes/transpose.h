// Transposes that importers put around channels-first operators are taken out again.
#pragma once

#include "passes/pipeline.h"

namespace hone::passes {

// Moves each transpose down, through ops that treat all elements alike (elementwise, quantize) or
// whose axes can be renamed (pad, concat, reduce, softmax, split, slice), until it meets one that
// undoes it; pairs go away, rows of transposes become one, and one that moves only axes of size 1
// becomes a reshape.
Expected<ir::Graph> cancel_transposes(const ir::Graph& graph, const TargetDesc& target);

}  // namespace hone::passes
