#include "ops/quantized_map/cpu.h"

#include "backend/cpu/isa_table.h"
#include "backend/cpu/rows_step.h"
#include "ops/quantized_map/op.h"

namespace hone {

HONE_ISA_TABLE(QuantizedMapFns, quantized_map_fns)

namespace {

std::unique_ptr<CpuStep> bind(const StepBinding& b) {
  const auto* x = b.operands[0].view.as<uint8_t>();
  const auto* table = b.operands[1].view.as<uint8_t>();
  auto* y = b.results[0].view.as<uint8_t>();
  const QuantizedMapFns& fns = quantized_map_fns(b.isa);
  return rows_step(b.operands[0].view.dims.elements(), 1, [=, &fns](int64_t first, int64_t count) {
    fns.map(table, x + first, y + first, count);
  });
}

}  // namespace

std::span<const CpuKernel> quantized_map_cpu_kernels() {
  static constexpr CpuKernel kKernels[] = {
      {"quantized_map", "table", [](const StepBinding&) { return true; }, bind}};
  return kKernels;
}

}  // namespace hone
