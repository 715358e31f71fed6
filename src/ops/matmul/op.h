// matmul: y = x * transpose(weight) (+ bias) (+ residual); the weight has one row an output column.
#pragma once

#include "ops/attrs.h"

namespace hone {

using MatmulAttrs = NoAttrs;

}  // namespace hone
