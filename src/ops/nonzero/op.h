// nonzero: the indices of all elements that are not 0 (ONNX NonZero).
#pragma once

#include "ops/attrs.h"

namespace hone {

using NonzeroAttrs = NoAttrs;

}  // namespace hone
