// What the CPU kernels want of a graph, on any instruction set.
#pragma once

#include "engine/target.h"

namespace hone {

TargetDesc cpu_target();

}  // namespace hone
