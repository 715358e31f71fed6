// lookup: each element of x replaced by the value that stands beside an equal key (ONNX
// LabelEncoder).
#pragma once

#include "ops/attrs.h"

namespace hone {

using LookupAttrs = NoAttrs;

}  // namespace hone
