#include <type_traits>

#include "backend/cpu/rows_step.h"
#include "tensor/numbers.h"

namespace hone {
namespace {

template <class T>
std::unique_ptr<CpuStep> bind_as(const StepBinding& b) {
  const T *start = b.operands[0].view.as<T>(), *delta = b.operands[2].view.as<T>();
  T* y = b.results[0].view.as<T>();
  return rows_step(b.results[0].view.dims.elements(), 1, [=](int64_t first, int64_t count) {
    for (int64_t i = first; i < first + count; ++i) {
      if constexpr (std::is_floating_point_v<T>) {
        y[i] = *start + static_cast<T>(i) * *delta;
      } else {
        y[i] = static_cast<T>(static_cast<uint64_t>(*start) +
                              static_cast<uint64_t>(i) * static_cast<uint64_t>(*delta));
      }
    }
  });
}

bool accepts(const StepBinding& b) {
  return with_number(b.results[0].view.dtype, []<class T>() {});
}

std::unique_ptr<CpuStep> bind(const StepBinding& b) {
  std::unique_ptr<CpuStep> step;
  with_number(b.results[0].view.dtype, [&]<class T>() { step = bind_as<T>(b); });
  return step;
}

}  // namespace

std::span<const CpuKernel> range_cpu_kernels() {
  static constexpr CpuKernel kKernels[] = {{"range", "generic", accepts, bind}};
  return kKernels;
}

}  // namespace hone
