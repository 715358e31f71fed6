#include "backend/cpu/rows_step.h"
#include "ops/quantized_map/op.h"

namespace hone {
namespace {

std::unique_ptr<CpuStep> bind(const StepBinding& b) {
  const auto* x = b.operands[0].view.as<uint8_t>();
  const auto* table = b.operands[1].view.as<uint8_t>();
  auto* y = b.results[0].view.as<uint8_t>();
  return rows_step(b.operands[0].view.dims.elements(), 1, [=](int64_t first, int64_t count) {
    for (int64_t i = first; i < first + count; ++i) y[i] = table[x[i]];
  });
}

}  // namespace

std::span<const CpuKernel> quantized_map_cpu_kernels() {
  static constexpr CpuKernel kKernels[] = {
      {"quantized_map", "generic", [](const StepBinding&) { return true; }, bind}};
  return kKernels;
}

}  // namespace hone
