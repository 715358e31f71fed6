// range: start, start + delta, ... up to a limit that is left out (ONNX Range).
#pragma once

#include "ops/attrs.h"

namespace hone {

using RangeAttrs = NoAttrs;

}  // namespace hone
