#include "backend/cpu/copy_step.h"
#include "ops/pixel_shuffle/op.h"

namespace hone {
namespace {

std::unique_ptr<CpuStep> bind(const StepBinding& b) {
  const auto& attrs = b.attrs->as<PixelShuffleAttrs>();
  const View x = b.operands[0].view, y = b.results[0].view;
  const int64_t block = attrs.block;
  const auto from = dense_strides(x.dims), to = dense_strides(y.dims);
  const bool crd = attrs.crd();
  if (attrs.to_depth()) {
    const int64_t channels = x.dims[1];
    const CopyAxis axes[] = {{x.dims[0], from[0], to[0]},
                             {block, from[2], (crd ? block : block * channels) * to[1]},
                             {block, from[3], (crd ? 1 : channels) * to[1]},
                             {channels, from[1], (crd ? block * block : 1) * to[1]},
                             {y.dims[2], block * from[2], to[2]},
                             {y.dims[3], block * from[3], to[3]}};
    return copy_step(x, y, 0, axes);
  }
  const int64_t channels = y.dims[1];
  const CopyAxis axes[] = {{x.dims[0], from[0], to[0]},
                           {channels, (crd ? block * block : 1) * from[1], to[1]},
                           {x.dims[2], from[2], block * to[2]},
                           {block, (crd ? block : block * channels) * from[1], to[2]},
                           {x.dims[3], from[3], block * to[3]},
                           {block, (crd ? 1 : channels) * from[1], to[3]}};
  return copy_step(x, y, 0, axes);
}

}  // namespace

std::span<const CpuKernel> pixel_shuffle_cpu_kernels() {
  static constexpr CpuKernel kKernels[] = {
      {"pixel_shuffle", "generic", [](const StepBinding&) { return true; }, bind}};
  return kKernels;
}

}  // namespace hone
