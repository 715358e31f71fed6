#include "ops/rms_norm/cpu.h"

#include "backend/cpu/isa_table.h"
#include "backend/cpu/rows_step.h"
#include "ops/rms_norm/op.h"

namespace hone {

HONE_ISA_TABLE(RmsNormFns, rms_norm_fns)

namespace {

std::unique_ptr<CpuStep> bind(const StepBinding& b) {
  const auto& attrs = b.attrs->as<RmsNormAttrs>();
  const RmsNormFns& fns = rms_norm_fns(b.isa);
  const View x = b.operands[0].view, weight = b.operands[1].view, y = b.results[0].view;
  const int64_t columns = x.dims.back(), stride = row_bytes(y.dtype, columns);
  return rows_step(x.dims.rows(), columns, [=, &fns](int64_t first, int64_t count) {
    const float* from = x.as<float>() + first * columns;
    std::byte* to = y.data + first * stride;
    if (y.dtype == DType::q8_a) {
      fns.q8_a(from, weight.as<float>(), attrs.eps, columns, count, to);
    } else {
      fns.f32(from, weight.as<float>(), attrs.eps, columns, count, reinterpret_cast<float*>(to));
    }
  });
}

}  // namespace

std::span<const CpuKernel> rms_norm_cpu_kernels() {
  static constexpr CpuKernel kKernels[] = {
      {"rms_norm", "generic", [](const StepBinding&) { return true; }, bind}};
  return kKernels;
}

}  // namespace hone
