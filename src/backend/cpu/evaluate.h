// One op computed at once on this thread: constants while compiling, shapes while binding.
#pragma once

#include <span>
#include <vector>

#include "backend/cpu/isa.h"
#include "ops/define.h"
#include "tensor/tensor.h"

namespace hone {

// Operands in canonical layout and aligned to their elements; data is null where one is absent, or
// where the op reads the shape only. The types are those that the op's infer gives.
Expected<std::vector<Tensor>> evaluate(const OpDef& op, const Attrs& attrs,
                                       std::span<const ConstView> operands,
                                       std::span<const BoundType> results, Isa isa);

}  // namespace hone
