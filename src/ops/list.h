// Declares every op's definition; the list is made from the folders.
#pragma once

#include "ops/define.h"

namespace hone {

#define X(op) const OpDef& op##_op();
#include "ops_list.inc"
#undef X

}  // namespace hone
