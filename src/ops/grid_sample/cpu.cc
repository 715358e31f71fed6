#include <array>

#include "backend/cpu/rows_step.h"
#include "ops/grid_sample/op.h"

namespace hone {
namespace {

// Taps and weights of a spot are found once for all channels.
template <class T>
struct Spots {
  GridSampleAttrs attrs;
  Dims x_dims;
  int64_t spots, plane;  // of an image, of a channel
  const T *x, *grid;
  T* y;

  void spot(int64_t index) const {
    const int64_t image = index / spots, at = index % spots, channels = x_dims[1];
    std::array<int64_t, 64> offsets;
    std::array<double, 64> weights;
    const size_t taps = find(index, offsets, weights);
    for (int64_t c = 0; c < channels; ++c) {
      const T* from = x + (image * channels + c) * plane;
      double sum = 0;
      for (size_t k = 0; k < taps; ++k) sum += weights[k] * static_cast<double>(from[offsets[k]]);
      y[(image * channels + c) * spots + at] = static_cast<T>(sum);
    }
  }

  // Products of the taps of each axis; those that are zeros are left out.
  size_t find(int64_t index, std::array<int64_t, 64>& offsets,
              std::array<double, 64>& weights) const {
    const size_t axes = x_dims.rank() - 2;
    size_t count = 1;
    offsets[0] = 0;
    weights[0] = 1;
    for (size_t a = 0; a < axes; ++a) {
      const int64_t size = x_dims[a + 2];
      const T coordinate = grid[static_cast<size_t>(index) * axes + axes - 1 - a];
      const GridTaps taps =
          grid_taps(attrs.mode, grid_place(attrs, static_cast<double>(coordinate), size));
      std::array<int64_t, 64> next_offsets;
      std::array<double, 64> next_weights;
      size_t next = 0;
      for (size_t i = 0; i < count; ++i) {
        for (int64_t k = 0; k < taps.count; ++k) {
          const int64_t at = grid_element(attrs, taps.first + k, size);
          if (at < 0) continue;
          next_offsets[next] = offsets[i] * size + at;
          next_weights[next++] = weights[i] * taps.weight[k];
        }
      }
      offsets = next_offsets;
      weights = next_weights;
      count = next;
    }
    return count;
  }
};

template <class T>
std::unique_ptr<CpuStep> bind_as(const StepBinding& b) {
  const View &x = b.operands[0].view, &y = b.results[0].view;
  int64_t spots = 1, plane = 1;
  for (size_t i = 2; i < x.dims.rank(); ++i) spots *= y.dims[i], plane *= x.dims[i];
  const Spots<T> sample{b.attrs->as<GridSampleAttrs>(), x.dims,   spots, plane, x.as<T>(),
                        b.operands[1].view.as<T>(),     y.as<T>()};
  const int64_t count = y.dims.elements() == 0 ? 0 : x.dims[0] * spots;
  return rows_step(count, 16 * x.dims[1], [=](int64_t first, int64_t rows) {
    for (int64_t i = first; i < first + rows; ++i) sample.spot(i);
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

std::span<const CpuKernel> grid_sample_cpu_kernels() {
  static constexpr CpuKernel kKernels[] = {{"grid_sample", "generic", accepts, bind}};
  return kKernels;
}

}  // namespace hone
