// Resizing to nearest neighbors, where elements of any dtype are copied.
#pragma once

#include <memory>
#include <vector>

#include "backend/cpu/step.h"
#include "ops/resize/op.h"

namespace hone {

// Whether each element of the result is one of x, and elements have 1, 2, 4 or 8 bytes.
bool is_copied(DType dtype, std::span<const ResizeTaps> taps);

std::unique_ptr<CpuStep> copies_step(const View& x, const View& y, std::vector<ResizeTaps> taps);

}  // namespace hone
