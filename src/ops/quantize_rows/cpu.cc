#include "ops/quantize_rows/cpu.h"

#include "backend/cpu/isa_table.h"
#include "backend/cpu/rows_step.h"

namespace hone {

HONE_ISA_TABLE(QuantizeRowsFns, quantize_rows_fns)

namespace {

std::unique_ptr<CpuStep> bind(const StepBinding& b) {
  const QuantizeRowsFns& fns = quantize_rows_fns(b.isa);
  const auto* x = b.operands[0].view.as<float>();
  auto* y = b.results[0].view.as<Q8Block>();
  const int64_t columns = b.operands[0].view.dims.back(), blocks = columns / kQ8Elements;
  return rows_step(b.operands[0].view.dims.rows(), columns,
                   [=, &fns](int64_t first, int64_t count) {
                     fns.quantize(x + first * columns, count * blocks, y + first * blocks);
                   });
}

}  // namespace

std::span<const CpuKernel> quantize_rows_cpu_kernels() {
  static constexpr CpuKernel kKernels[] = {
      {"quantize_rows", "generic", [](const StepBinding&) { return true; }, bind}};
  return kKernels;
}

}  // namespace hone
