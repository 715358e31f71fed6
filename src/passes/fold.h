// Less to do while running: what follows from constants is computed now, what nothing reads goes.
#pragma once

#include "passes/pipeline.h"

namespace hone::passes {

// Nodes whose operands are all constants, or that read static shapes only, become constants; with
// the target's own kernels. One that would be much larger than its operands stays a node.
Expected<ir::Graph> fold_constants(const ir::Graph& graph, const TargetDesc& target);

// The same, but what is dequantized stays codes: fold_quantized wants them.
Expected<ir::Graph> fold_but_dequantize(const ir::Graph& graph, const TargetDesc& target);

// Nodes and constants that no output depends on are left out.
Expected<ir::Graph> drop_dead(const ir::Graph& graph, const TargetDesc& target);

}  // namespace hone::passes
