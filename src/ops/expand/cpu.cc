#include "backend/cpu/copy_step.h"

namespace hone {
namespace {

std::unique_ptr<CpuStep> bind(const StepBinding& b) {
  const View x = b.operands[0].view, y = b.results[0].view;
  const auto from = dense_strides(x.dims), to = dense_strides(y.dims);
  const size_t lead = y.dims.rank() - x.dims.rank();
  std::vector<CopyAxis> axes;
  for (size_t i = 0; i < y.dims.rank(); ++i) {
    const bool repeats = i < lead || x.dims[i - lead] == 1;
    axes.push_back({y.dims[i], repeats ? 0 : from[i - lead], to[i]});
  }
  return copy_step(x, y, 0, axes);
}

}  // namespace

std::span<const CpuKernel> expand_cpu_kernels() {
  static constexpr CpuKernel kKernels[] = {
      {"expand", "generic", [](const StepBinding&) { return true; }, bind}};
  return kKernels;
}

}  // namespace hone
