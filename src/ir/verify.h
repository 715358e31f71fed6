// Whether a graph keeps the rules of the IR; run after every pass.
#pragma once

#include "ir/graph.h"

namespace hone::ir {

// Ids in range, each result made once and before its uses, types as the ops infer them, constants
// as long as their types say, value names unique, outputs present.
Status verify(const Graph& graph);

}  // namespace hone::ir
