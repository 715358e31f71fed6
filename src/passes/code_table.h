// Functions of one 8-bit code as tables.
#pragma once

#include <vector>

#include "ir/rewrite.h"
#include "passes/code_grid.h"

namespace hone::passes {

// Replaces a quantize whose operand is a function of one dequantized value, element by element, by
// a table; false if it is none.
Expected<bool> fold_table(const ir::Graph& graph, const ir::Node& quantize, ir::Rewriter& rewriter);

// The codes that `dequantize` reads, through the nodes of `chain` (of the old graph, in order,
// dequantize first) and through `quantize`, as a value of the new graph: all 256 codes go through
// copies of them, which fold_constants makes a table of.
Expected<ir::ValueId> add_table(const ir::Graph& graph, const ir::Node& quantize,
                                const std::vector<const ir::Node*>& chain,
                                const ir::Node& dequantize, ir::Rewriter& rewriter);

}  // namespace hone::passes
