#include "backend/cpu/copy_step.h"
#include "backend/cpu/known_operands.h"
#include "ops/slice/op.h"

namespace hone {
namespace {

std::unique_ptr<CpuStep> bind(const StepBinding& b) {
  const KnownOperands known(b);
  const auto slices = find_slices(b.attrs->as<SliceAttrs>(), known.types());
  if (!slices || !*slices) return nullptr;
  const View x = b.operands[0].view, y = b.results[0].view;
  const auto from = dense_strides(x.dims), to = dense_strides(y.dims);
  std::vector<CopyAxis> axes;
  for (size_t i = 0; i < y.dims.rank(); ++i) axes.push_back({y.dims[i], from[i], to[i]});
  int64_t first = 0;
  for (const AxisSlice& slice : **slices) {
    first += range_of(slice, x.dims[slice.axis]).first * from[slice.axis];
    // A single element needs no step, however large.
    if (y.dims[slice.axis] > 1) axes[slice.axis].from *= slice.step;
  }
  return copy_step(x, y, first, axes);
}

}  // namespace

std::span<const CpuKernel> slice_cpu_kernels() {
  static constexpr CpuKernel kKernels[] = {
      {"slice", "generic", [](const StepBinding&) { return true; }, bind}};
  return kKernels;
}

}  // namespace hone
