#include "backend/cpu/rows_step.h"
#include "ops/quantize/cpu_kernels.h"
#include "ops/quantize_dynamic/op.h"

namespace hone {
namespace {

// All of it is one tile: the range must be known before the first code.
std::unique_ptr<CpuStep> bind(const StepBinding& b) {
  const float* x = b.operands[0].view.as<float>();
  const int64_t elements = b.operands[0].view.dims.elements();
  auto* y = b.results[0].view.as<uint8_t>();
  float* scale = b.results[1].view.as<float>();
  auto* zero = b.results[2].view.as<uint8_t>();
  const QuantizeFns& fns = quantize_kernels(b.isa);
  return rows_step(1, 1, [=, &fns](int64_t, int64_t) {
    float low = 0, high = 0;
    fns.range(x, elements, &low, &high);
    const DynamicScale found = dynamic_scale(low, high);
    *scale = found.scale;
    *zero = static_cast<uint8_t>(found.zero);
    fns.run({.x = x,
             .count = elements,
             .scale = found.scale,
             .zero = *zero,
             .low = 0,
             .high = 255,
             .y = y});
  });
}

}  // namespace

std::span<const CpuKernel> quantize_dynamic_cpu_kernels() {
  static constexpr CpuKernel kKernels[] = {
      {"quantize_dynamic", "generic", [](const StepBinding&) { return true; }, bind}};
  return kKernels;
}

}  // namespace hone
