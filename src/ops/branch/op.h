// branch: one of two graphs, chosen by a condition (ONNX If).
#pragma once

#include "ops/attrs.h"

namespace hone {

using BranchAttrs = NoAttrs;

}  // namespace hone
