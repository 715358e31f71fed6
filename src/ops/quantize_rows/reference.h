// The rule of quantize_rows on host tensors, for the references of ops that can quantize their
// result.
#pragma once

#include "reference/semantics.h"

namespace hone {

// Replaces each run of 32 values by what its codes stand for: code * scale, scale = max|x| / 127.
void quantize_rows_reference(ir::HostTensor& rows);

}  // namespace hone
