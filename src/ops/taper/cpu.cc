#include "backend/cpu/rows_step.h"
#include "ops/taper/op.h"
#include "tensor/encode.h"

namespace hone {
namespace {

std::unique_ptr<CpuStep> bind(const StepBinding& b) {
  const TaperAttrs attrs = b.attrs->as<TaperAttrs>();
  const View y = b.results[0].view;
  const int64_t size = y.dims.elements(), bytes = info(y.dtype).block_bytes;
  return rows_step(size, 64, [=](int64_t first, int64_t count) {
    for (int64_t i = first; i < first + count; ++i) {
      encode_element(y.dtype, taper_at(attrs, i, size), y.data + i * bytes);
    }
  });
}

}  // namespace

std::span<const CpuKernel> taper_cpu_kernels() {
  static constexpr CpuKernel kKernels[] = {
      {"taper", "generic", [](const StepBinding&) { return true; }, bind}};
  return kKernels;
}

}  // namespace hone
