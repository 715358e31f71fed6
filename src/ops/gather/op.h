// gather: rows of a table by index: an embedding lookup (any dtype with a codec), or the rows of
// activations whose logits are wanted.
#pragma once

#include "ops/attrs.h"

namespace hone {

using GatherAttrs = NoAttrs;

}  // namespace hone
