// quantize_rows for one instruction set.
#include "ops/quantize_rows/cpu.h"

namespace hone::HONE_ISA {
namespace {

#include "backend/cpu/simd/quantize-inl.h"

void quantize(const float* x, int64_t blocks, Q8Block* y) {
  for (int64_t b = 0; b < blocks; ++b, x += kQ8Elements) {
    quantize_block(load(x), load(x + 16), y + b);
  }
}

}  // namespace

extern const QuantizeRowsFns quantize_rows_fns;
const QuantizeRowsFns quantize_rows_fns = {quantize};

}  // namespace hone::HONE_ISA
