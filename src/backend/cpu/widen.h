// Steps on 16- and 8-bit floats by kernels that know f32: operands become f32 before, results are
// rounded after. For rare types; a graph that wants speed casts its weights once.
#pragma once

#include "backend/cpu/step.h"

namespace hone {

// The step that wraps the kernel which accepts the widened binding; null if there is none.
ChosenStep bind_widened(const StepBinding& binding);

}  // namespace hone
