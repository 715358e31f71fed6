// quantize_activations: matmuls whose weights the target multiplies in integers get their rows
// through quantize_rows, once for all matmuls that share them.
#pragma once

#include "passes/pipeline.h"

namespace hone::passes {

Expected<ir::Graph> quantize_activations(const ir::Graph& graph, const TargetDesc& target);

}  // namespace hone::passes
