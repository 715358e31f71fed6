// Variants of matmul_integer that stand in files of their own.
#pragma once

#include "backend/cpu/step.h"

namespace hone {

// By the packed products of quantized_conv: b is a constant matrix with one zero point, a has one.
bool accepts_matmul_integer_product(const StepBinding& binding);
std::unique_ptr<CpuStep> bind_matmul_integer_product(const StepBinding& binding);
// Likewise by tiles, where they are faster and take rows of that length in equal pieces.
bool accepts_matmul_integer_tiles(const StepBinding& binding);
std::unique_ptr<CpuStep> bind_matmul_integer_tiles(const StepBinding& binding);
std::string_view matmul_integer_product_layout(const StepBinding& binding);

}  // namespace hone
