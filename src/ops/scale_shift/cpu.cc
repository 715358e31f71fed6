#include "backend/cpu/rows_step.h"

namespace hone {
namespace {

template <class T>
std::unique_ptr<CpuStep> bind_as(const StepBinding& b) {
  const Dims& dims = b.operands[0].view.dims;
  const T *x = b.operands[0].view.as<T>(), *scale = b.operands[1].view.as<T>(),
          *shift = b.operands[2].view.as<T>();
  T* y = b.results[0].view.as<T>();
  const int64_t channels = dims[1];
  int64_t inner = 1;
  for (size_t i = 2; i < dims.rank(); ++i) inner *= dims[i];
  if (inner == 1) {  // channels are neighbors
    return rows_step(dims[0], channels, [=](int64_t first, int64_t count) {
      for (int64_t row = first; row < first + count; ++row) {
        const T* from = x + row * channels;
        T* to = y + row * channels;
        for (int64_t c = 0; c < channels; ++c) to[c] = from[c] * scale[c] + shift[c];
      }
    });
  }
  return rows_step(dims[0] * channels, inner, [=](int64_t first, int64_t count) {
    for (int64_t row = first; row < first + count; ++row) {
      const T by = scale[row % channels], up = shift[row % channels];
      const T* from = x + row * inner;
      T* to = y + row * inner;
      for (int64_t i = 0; i < inner; ++i) to[i] = from[i] * by + up;
    }
  });
}

bool accepts(const StepBinding& b) {
  const DType dtype = b.operands[0].view.dtype;
  return dtype == DType::f32 || dtype == DType::f64;
}

std::unique_ptr<CpuStep> bind(const StepBinding& b) {
  return b.operands[0].view.dtype == DType::f32 ? bind_as<float>(b) : bind_as<double>(b);
}

}  // namespace

std::span<const CpuKernel> scale_shift_cpu_kernels() {
  static constexpr CpuKernel kKernels[] = {{"scale_shift", "generic", accepts, bind}};
  return kKernels;
}

}  // namespace hone
