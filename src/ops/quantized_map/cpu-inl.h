// quantized_map for one instruction set.
#include "ops/quantized_map/cpu.h"

namespace hone::HONE_ISA {
namespace {

void map(const uint8_t* table, const uint8_t* x, uint8_t* y, int64_t count) {
  for (int64_t i = map_bytes(table, x, y, count); i < count; ++i) y[i] = table[x[i]];
}

}  // namespace

extern const QuantizedMapFns quantized_map_fns;
const QuantizedMapFns quantized_map_fns = {map};

}  // namespace hone::HONE_ISA
