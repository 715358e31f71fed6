#include <array>

#include "backend/cpu/rows_step.h"
#include "ops/affine_grid/op.h"

namespace hone {
namespace {

// `count` places from `first` on.
template <class T>
void fill(const AffineGridAttrs& attrs, const T* theta, const Dims& dims, int64_t first,
          int64_t count, T* grid) {
  const auto axes = static_cast<int64_t>(dims.rank()) - 2;
  for (int64_t i = first; i < first + count; ++i) {
    int64_t rest = i;
    std::array<double, 4> place{1, 1, 1, 1};
    for (int64_t a = 0; a < axes; ++a) {
      const int64_t size = dims[static_cast<size_t>(axes - a)];
      place[static_cast<size_t>(a)] = attrs.coordinate(rest % size, size);
      rest /= size;
    }
    for (int64_t row = 0; row < axes; ++row) {
      const T* factors = theta + (rest * axes + row) * (axes + 1);
      double sum = 0;
      for (int64_t k = 0; k <= axes; ++k) {
        sum += static_cast<double>(factors[k]) * place[static_cast<size_t>(k)];
      }
      grid[i * axes + row] = static_cast<T>(sum);
    }
  }
}

template <class T>
std::unique_ptr<CpuStep> bind_as(const StepBinding& b) {
  const auto attrs = b.attrs->as<AffineGridAttrs>();
  const T* theta = b.operands[0].view.as<T>();
  const View grid = b.results[0].view;
  return rows_step(grid.dims.elements() / grid.dims.back(), 8, [=](int64_t first, int64_t count) {
    fill(attrs, theta, grid.dims, first, count, grid.as<T>());
  });
}

std::unique_ptr<CpuStep> bind(const StepBinding& b) {
  return b.operands[0].view.dtype == DType::f32 ? bind_as<float>(b) : bind_as<double>(b);
}

bool accepts(const StepBinding& b) {
  const DType dtype = b.operands[0].view.dtype;
  return dtype == DType::f32 || dtype == DType::f64;
}

}  // namespace

std::span<const CpuKernel> affine_grid_cpu_kernels() {
  static constexpr CpuKernel kKernels[] = {{"affine_grid", "generic", accepts, bind}};
  return kKernels;
}

}  // namespace hone
