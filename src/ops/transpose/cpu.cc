#include "backend/cpu/copy_step.h"
#include "ops/transpose/op.h"

namespace hone {
namespace {

std::unique_ptr<CpuStep> bind(const StepBinding& b) {
  const View x = b.operands[0].view, y = b.results[0].view;
  const auto from = dense_strides(x.dims), to = dense_strides(y.dims);
  const auto order = order_of(b.attrs->as<TransposeAttrs>(), x.dims.rank());
  std::vector<CopyAxis> axes;
  for (size_t i = 0; i < order.size(); ++i) axes.push_back({y.dims[i], from[order[i]], to[i]});
  return copy_step(x, y, 0, axes);
}

}  // namespace

std::span<const CpuKernel> transpose_cpu_kernels() {
  static constexpr CpuKernel kKernels[] = {
      {"transpose", "generic", [](const StepBinding&) { return true; }, bind}};
  return kKernels;
}

}  // namespace hone
