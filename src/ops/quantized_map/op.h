// quantized_map: any function of one 8-bit code, as a table: y = table[the byte of x].
#pragma once

#include "ops/attrs.h"

namespace hone {

using QuantizedMapAttrs = NoAttrs;

}  // namespace hone
