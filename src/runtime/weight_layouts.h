// In which layouts a program's weights are best stored, where they are to be mapped and not packed.
#pragma once

#include "backend/cpu/isa.h"
#include "engine/program.h"
#include "engine/weight_map.h"

namespace hone {

// Gives each weight the layout that all of its readers' kernels want on `isa`
// (CpuKernel::weight_layout), which may be a set of another architecture, under the sizes that the
// program declares: of symbols their usual ones, or guesses where they are not bounded. Weights
// that readers want differently, and those of plans whose inputs are known only when they run, stay
// canonical. `weights` holds all of them so.
void choose_weight_layouts(Program& program, const WeightMap& weights, Isa isa);

}  // namespace hone
