// The quantize kernels of an instruction set, for other ops too.
#pragma once

#include "backend/cpu/isa.h"
#include "ops/quantize/cpu.h"

namespace hone {

const QuantizeFns& quantize_kernels(Isa isa);

}  // namespace hone
