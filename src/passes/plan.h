// plan: the last pass. Orders nodes into groups that run side by side, turns reshapes and state
// updates into aliases, and chooses the layout of each weight.
#pragma once

#include "engine/plan.h"
#include "passes/pipeline.h"

namespace hone::passes {

Expected<Plan> make_plan(const ir::Graph& graph, const TargetDesc& target);

// The plan as text, one line a step, for people and tests.
std::string to_text(const Plan& plan);

}  // namespace hone::passes
