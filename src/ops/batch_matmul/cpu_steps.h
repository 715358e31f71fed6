// The kernels of batch_matmul that stand in units of their own.
#pragma once

#include "backend/cpu/step.h"

namespace hone {

// b is constant, a's rows are not transposed, and the set multiplies bf16.
bool accepts_matmul_bf16(const StepBinding& binding);
std::unique_ptr<CpuStep> bind_matmul_bf16(const StepBinding& binding);
// Likewise, by tiles, where there are rows enough.
bool accepts_matmul_bf16_tiles(const StepBinding& binding);
std::unique_ptr<CpuStep> bind_matmul_bf16_tiles(const StepBinding& binding);

}  // namespace hone
