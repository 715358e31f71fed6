#include <algorithm>

#include "backend/cpu/rows_step.h"
#include "ops/max_unpool/op.h"
#include "tensor/numbers.h"

namespace hone {
namespace {

// One tile, since any element may go anywhere; what points outside the result goes nowhere.
std::unique_ptr<CpuStep> bind(const StepBinding& b) {
  const View x = b.operands[0].view, indices = b.operands[1].view, y = b.results[0].view;
  std::unique_ptr<CpuStep> step;
  const auto from = unpooled_shape(b.attrs->as<MaxUnpoolAttrs>(), x.dims.sizes());
  with_width(x.dtype, [&]<class T>() {
    step = rows_step(1, 1, [=](int64_t, int64_t) {
      const int64_t count = x.dims.elements(), places = y.dims.elements();
      std::fill(y.as<T>(), y.as<T>() + places, T{0});
      for (int64_t i = 0; i < count; ++i) {
        const int64_t at = moved_index(indices.as<int64_t>()[i], from, y.dims.sizes());
        if (at >= 0) y.as<T>()[at] = x.as<T>()[i];
      }
    });
  });
  return step;
}

bool accepts(const StepBinding& b) {
  return with_width(b.operands[0].view.dtype, []<class T>() {});
}

}  // namespace

std::span<const CpuKernel> max_unpool_cpu_kernels() {
  static constexpr CpuKernel kKernels[] = {{"max_unpool", "generic", accepts, bind}};
  return kKernels;
}

}  // namespace hone
