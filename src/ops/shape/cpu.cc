#include "backend/cpu/rows_step.h"
#include "ops/shape/op.h"

namespace hone {
namespace {

std::unique_ptr<CpuStep> bind(const StepBinding& b) {
  const auto& attrs = b.attrs->as<ShapeAttrs>();
  const Dims dims = b.operands[0].view.dims;
  auto* sizes = b.results[0].view.as<int64_t>();
  return rows_step(1, 1, [=](int64_t, int64_t) {
    if (attrs.count) {
      *sizes = dims.elements();
      return;
    }
    const auto [first, last] = range_of(attrs, static_cast<int64_t>(dims.rank()));
    for (int64_t i = first; i < last; ++i) sizes[i - first] = dims[static_cast<size_t>(i)];
  });
}

}  // namespace

std::span<const CpuKernel> shape_cpu_kernels() {
  static constexpr CpuKernel kKernels[] = {
      {"shape", "generic", [](const StepBinding&) { return true; }, bind}};
  return kKernels;
}

}  // namespace hone
