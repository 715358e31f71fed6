#include <algorithm>
#include <limits>
#include <vector>

#include "backend/cpu/rows_step.h"
#include "ops/roi_align/op.h"

namespace hone {
namespace {

using Samples = std::vector<RoiSample>;

// Every sample of an axis, cell by cell.
Samples samples_of(const RoiAxis& axis, int64_t cells, int64_t size) {
  Samples all;
  for (int64_t cell = 0; cell < cells; ++cell) {
    for (int64_t i = 0; i < axis.samples; ++i) {
      const double within = (static_cast<double>(i) + 0.5) / static_cast<double>(axis.samples);
      all.push_back(
          roi_sample(axis.begin + (static_cast<double>(cell) + within) * axis.cell, size));
    }
  }
  return all;
}

template <class T>
struct Regions {
  RoiAlignAttrs attrs;
  Dims dims;  // of x
  const T *x, *rois;
  const int64_t* images;
  T* y;

  void region(int64_t index) const {
    const int64_t cells = attrs.height * attrs.width, plane = dims[2] * dims[3];
    T* to = y + index * dims[1] * cells;
    const int64_t image = images[index];
    if (image < 0 || image >= dims[0]) return std::fill(to, to + dims[1] * cells, T{0});
    const auto corner = [&](int64_t i) { return static_cast<double>(rois[4 * index + i]); };
    const RoiAxis rows = roi_axis(attrs, corner(1), corner(3), attrs.height, dims[2]);
    const RoiAxis columns = roi_axis(attrs, corner(0), corner(2), attrs.width, dims[3]);
    const Samples down = samples_of(rows, attrs.height, dims[2]);
    const Samples across = samples_of(columns, attrs.width, dims[3]);
    for (int64_t c = 0; c < dims[1]; ++c) {
      const T* from = x + (image * dims[1] + c) * plane;
      for (int64_t row = 0; row < attrs.height; ++row) {
        const std::span<const RoiSample> r = std::span(down).subspan(
            static_cast<size_t>(row * rows.samples), static_cast<size_t>(rows.samples));
        for (int64_t column = 0; column < attrs.width; ++column) {
          *to++ = cell(from, r,
                       std::span(across).subspan(static_cast<size_t>(column * columns.samples),
                                                 static_cast<size_t>(columns.samples)));
        }
      }
    }
  }

  T cell(const T* from, std::span<const RoiSample> rows, std::span<const RoiSample> columns) const {
    const bool largest = attrs.mode == RoiAlignAttrs::Mode::max;
    double value = largest ? -std::numeric_limits<double>::infinity() : 0;
    for (const RoiSample& r : rows) {
      const T *low = from + r.low * dims[3], *high = from + r.high * dims[3];
      for (const RoiSample& c : columns) {
        const double corners[] = {
            r.low_weight * c.low_weight * static_cast<double>(low[c.low]),
            r.low_weight * c.high_weight * static_cast<double>(low[c.high]),
            r.high_weight * c.low_weight * static_cast<double>(high[c.low]),
            r.high_weight * c.high_weight * static_cast<double>(high[c.high])};
        for (const double corner : corners) {
          value = largest ? (corner > value ? corner : value) : value + corner;
        }
      }
    }
    const size_t count = rows.size() * columns.size();
    if (largest) return count == 0 ? T{0} : static_cast<T>(value);
    return static_cast<T>(value / static_cast<double>(std::max<size_t>(1, count)));
  }
};

template <class T>
std::unique_ptr<CpuStep> bind_as(const StepBinding& b) {
  const Regions<T> regions{b.attrs->as<RoiAlignAttrs>(),     b.operands[0].view.dims,
                           b.operands[0].view.as<T>(),       b.operands[1].view.as<T>(),
                           b.operands[2].view.as<int64_t>(), b.results[0].view.as<T>()};
  return rows_step(b.results[0].view.dims[0], kElementsATile, [=](int64_t first, int64_t count) {
    for (int64_t i = first; i < first + count; ++i) regions.region(i);
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

std::span<const CpuKernel> roi_align_cpu_kernels() {
  static constexpr CpuKernel kKernels[] = {{"roi_align", "generic", accepts, bind}};
  return kKernels;
}

}  // namespace hone
