#pragma once

#include "backend/cpu/step.h"

namespace hone {

// Attention in which every query sees every key: blocks of queries share what is read.
bool sees_all_keys(const StepBinding& b);
std::unique_ptr<CpuStep> sdpa_blocks_step(const StepBinding& b);

}  // namespace hone
