#include "backend/cpu/step.h"

namespace hone {

#define X(op) std::span<const CpuKernel> op##_cpu_kernels();
#include "cpu_ops_list.inc"
#undef X

std::span<const CpuKernel> cpu_kernels(std::string_view op) {
#define X(name) \
  if (op == #name) return name##_cpu_kernels();
#include "cpu_ops_list.inc"
#undef X
  return {};
}

const CpuKernel* choose_kernel(const StepBinding& binding) {
  for (const CpuKernel& kernel : cpu_kernels(binding.op->name)) {
    if (kernel.accepts(binding)) return &kernel;
  }
  return nullptr;
}

}  // namespace hone
