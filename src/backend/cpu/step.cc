#include "backend/cpu/step.h"

#include <algorithm>

#include "backend/cpu/packed_weights.h"
#include "backend/cpu/widen.h"

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

Status check_positions(const KvView& state, const Operand& position, const Operand& sequence) {
  if (!position.is_input || !sequence.is_input) {
    return fail(Code::unsupported, "positions and sequences must be inputs of the plan");
  }
  for (int64_t i = 0; i < position.view.dims[0]; ++i) {
    const int64_t at = position.view.as<int32_t>()[i], row = sequence.view.as<int32_t>()[i];
    if (row < 0 || row >= state.sequences) {
      return fail(Code::invalid_argument, "there is no sequence ", row);
    }
    if (at < 0 || at >= state.table_stride * kKvPage ||
        state.page_tables[row * state.table_stride + at / kKvPage] < 0) {
      return fail(Code::invalid_argument, "position ", at, " lies outside the context");
    }
  }
  return {};
}

const CpuKernel* choose_kernel(const StepBinding& binding) {
  for (const CpuKernel& kernel : cpu_kernels(binding.op->name)) {
    if (allows(binding.precision, kernel.precision) && kernel.accepts(binding)) return &kernel;
  }
  return nullptr;
}

std::string_view weight_layout(const CpuKernel& kernel, const StepBinding& binding) {
  return kernel.weight_layout == nullptr ? kCanonicalLayout : kernel.weight_layout(binding);
}

std::unique_ptr<CpuStep> bind_kernel(const CpuKernel& kernel, const StepBinding& binding) {
  const bool stored = std::ranges::any_of(binding.operands, is_kernel_layout);
  if (!stored) return kernel.bind(binding);
  if (binding.packed == nullptr) return nullptr;  // who would own the copies?
  const bool packs = weight_layout(kernel, binding) != kCanonicalLayout;
  StepBinding readable = binding;
  for (size_t i = 0; i < readable.operands.size(); ++i) {
    if (packs && i == kPackedOperand) continue;
    if (is_kernel_layout(readable.operands[i])) readable.operands[i] = canonical(readable, i);
  }
  return kernel.bind(readable);
}

ChosenStep bind_step(const StepBinding& binding) {
  const CpuKernel* kernel = choose_kernel(binding);
  if (kernel != nullptr) return {kernel->variant, bind_kernel(*kernel, binding)};
  return bind_widened(binding);
}

}  // namespace hone
