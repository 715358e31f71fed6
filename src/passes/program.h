// make_program: a whole graph as plans, cut where shapes depend on data that must be computed
// first, where a branch is taken and where a step runs on the host.
#pragma once

#include "engine/program.h"
#include "passes/pipeline.h"

namespace hone::passes {

Expected<Program> make_program(const ir::Graph& graph, const TargetDesc& target);

// The program's last inputs and outputs become states, one for each of `initial` (the bytes for the
// first run; null: zeros).
void keep_states(Program& program,
                 std::span<const std::shared_ptr<const std::vector<std::byte>>> initial);

// One line an item, plans as passes/plan.h writes them.
std::string to_text(const Program& program);

}  // namespace hone::passes
