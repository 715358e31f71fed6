// In which layouts a program's weights are best stored, where they are to be mapped and not packed.
#pragma once

#include "backend/cpu/isa.h"
#include "engine/program.h"
#include "engine/weight_map.h"

namespace hone {

// Gives each weight the layout that all of its readers' kernels want on `isa`
// (CpuKernel::weight_layout), under the sizes that the program declares, of symbols their usual
// ones. Weights that readers want differently, or whose sizes only a run tells, stay canonical.
// `weights` holds all of them so.
void choose_weight_layouts(Program& program, const WeightMap& weights, Isa isa);

}  // namespace hone
