// Variants of conv_integer that stand in files of their own.
#pragma once

#include "backend/cpu/step.h"

namespace hone {

// By the packed products of quantized_conv: weights are constant with one zero point.
bool accepts_conv_integer_product(const StepBinding& binding);
std::unique_ptr<CpuStep> bind_conv_integer_product(const StepBinding& binding);
std::string_view conv_integer_product_layout(const StepBinding& binding);

}  // namespace hone
