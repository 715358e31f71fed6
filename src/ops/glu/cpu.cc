#include "ops/glu/cpu.h"

#include "backend/cpu/isa_table.h"
#include "backend/cpu/rows_step.h"
#include "ops/glu/op.h"

namespace hone {

HONE_ISA_TABLE(GluFns, glu_fns)

namespace {

bool accepts(const StepBinding& b) {
  const UnaryKind kind = b.attrs->as<GluAttrs>().activation;
  return kind == UnaryKind::silu || kind == UnaryKind::gelu_tanh;
}

std::unique_ptr<CpuStep> bind(const StepBinding& b) {
  const GluFns& fns = glu_fns(b.isa);
  const size_t which = b.attrs->as<GluAttrs>().activation == UnaryKind::silu ? 0 : 1;
  const auto *gate = b.operands[0].view.as<float>(), *up = b.operands[1].view.as<float>();
  const View y = b.results[0].view;
  // Cut by blocks of 32 where the result is quantized, by elements where it is not.
  if (y.dtype == DType::q8_a) {
    return rows_step(y.dims.elements() / kQ8Elements, kQ8Elements,
                     [=, &fns](int64_t first, int64_t count) {
                       fns.q8_a[which](gate + first * kQ8Elements, up + first * kQ8Elements, count,
                                       y.as<Q8Block>() + first);
                     });
  }
  return rows_step(y.dims.elements(), 1, [=, &fns](int64_t first, int64_t count) {
    fns.f32[which](gate + first, up + first, count, y.as<float>() + first);
  });
}

}  // namespace

std::span<const CpuKernel> glu_cpu_kernels() {
  static constexpr CpuKernel kKernels[] = {{"glu", "generic", accepts, bind}};
  return kKernels;
}

}  // namespace hone
