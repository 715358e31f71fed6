#include "ops/unary/cpu.h"

#include "backend/cpu/isa_table.h"
#include "backend/cpu/rows_step.h"
#include "ops/unary/op.h"

namespace hone {

HONE_ISA_TABLE(UnaryFns, unary_fns)
static_assert(std::size(kUnaryKindNames) == std::size(UnaryFns{}.maps));

namespace {

std::unique_ptr<CpuStep> bind(const StepBinding& b) {
  const auto kind = static_cast<size_t>(b.attrs->as<UnaryAttrs>().kind);
  const UnaryFns::Map map = unary_fns(b.isa).maps[kind];
  const auto* x = b.operands[0].view.as<float>();
  auto* y = b.results[0].view.as<float>();
  return rows_step(b.operands[0].view.dims.elements(), 1,
                   [=](int64_t first, int64_t count) { map(x + first, count, y + first); });
}

}  // namespace

std::span<const CpuKernel> unary_cpu_kernels() {
  static constexpr CpuKernel kKernels[] = {
      {"unary", "generic", [](const StepBinding&) { return true; }, bind}};
  return kKernels;
}

}  // namespace hone
