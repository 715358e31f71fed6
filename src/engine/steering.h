// Which weights of a model are more than numbers to compute with: their elements decide shapes,
// indices, branches or how often a loop runs. An engine's reader checks the hashes of these before
// anything runs (FORMAT.md, "Chunks and hashes").
#pragma once

#include <set>
#include <string_view>

#include "engine/program.h"

namespace hone {

// Views of the names in a plan or program.
using WeightNames = std::set<std::string_view>;

// Canonical weights that a step's shape follows from or that are read when a plan is bound;
// integers of more than a byte and booleans; and what items other than plans read.
WeightNames steering_weights(const Plan& plan);
WeightNames steering_weights(const Program& program);

}  // namespace hone
