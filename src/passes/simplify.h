// The same with fewer nodes, to the bit.
#pragma once

#include "passes/pipeline.h"

namespace hone::passes {

// Nodes that compute the same of the same values become one, as do small constants that are equal.
Expected<ir::Graph> merge_equal(const ir::Graph& graph, const TargetDesc& target);

// A constant of one element loses its axes where it stands beside a value that has as many: 'x *
// [0.5]' is 'x * 0.5', as passes that look for numbers want it.
Expected<ir::Graph> shrink_numbers(const ir::Graph& graph, const TargetDesc& target);

// Steps that change nothing go: products with 1, casts, reshapes and expansions to what is there
// already, transposes that move no axis, lists of one.
Expected<ir::Graph> drop_identities(const ir::Graph& graph, const TargetDesc& target);

}  // namespace hone::passes
