#include "backend/cpu/copy_step.h"
#include "backend/cpu/known_operands.h"
#include "ops/shape_rules.h"
#include "ops/split/op.h"

namespace hone {
namespace {

std::unique_ptr<CpuStep> bind(const StepBinding& b) {
  const KnownOperands known(b);
  const auto& attrs = b.attrs->as<SplitAttrs>();
  const auto sizes = given_ints(attrs.sizes, known.types()[1]);
  if (!sizes) return nullptr;
  const View x = b.operands[0].view, y = b.results[0].view;
  const size_t axis = find_axis(attrs.axis, x.dims.rank()).value();
  const auto from = dense_strides(x.dims), to = dense_strides(y.dims);
  std::vector<CopyAxis> axes;
  for (size_t i = 0; i < y.dims.rank(); ++i) axes.push_back({y.dims[i], from[i], to[i]});
  return copy_step(x, y, range_of(attrs, *sizes, x.dims[axis]).first * from[axis], axes);
}

}  // namespace

std::span<const CpuKernel> split_cpu_kernels() {
  static constexpr CpuKernel kKernels[] = {
      {"split", "generic", [](const StepBinding&) { return true; }, bind}};
  return kKernels;
}

}  // namespace hone
