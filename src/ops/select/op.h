// select: the elements of a where a condition holds, else those of b (ONNX Where).
#pragma once

#include "ops/attrs.h"

namespace hone {

using SelectAttrs = NoAttrs;

}  // namespace hone
