#include <algorithm>
#include <cstring>

#include "backend/cpu/known_operands.h"
#include "backend/cpu/rows_step.h"
#include "backend/cpu/strided_copy.h"
#include "ops/pad/op.h"
#include "tensor/numbers.h"

namespace hone {
namespace {

// Asks at each place where its element comes from: tables of places would take more memory than y.
template <class T>
struct Padding {
  PadMode mode;
  std::vector<AxisPad> pads;
  Dims x_dims, y_dims;
  const T* x;
  const T* value;  // null: 0
  T* to;

  // The place on an axis of x that place `at` on y's comes from, or -1.
  int64_t from(size_t axis, int64_t at) const {
    return padded_from(mode, at - pads[axis].before, x_dims[axis]);
  }
  // The row of x that a row of y comes from, or -1.
  int64_t row_from(int64_t row) const {
    int64_t source = 0, step = 1;
    for (size_t axis = y_dims.rank() - 1; axis-- > 0; row /= y_dims[axis]) {
      const int64_t part = from(axis, row % y_dims[axis]);
      if (part < 0) return -1;
      source += part * step;
      step *= x_dims[axis];
    }
    return source;
  }
  void pad_row(int64_t row) const {
    const T outside = value == nullptr ? T{} : *value;
    const size_t last_axis = y_dims.rank() - 1;
    const int64_t columns = y_dims.back(), source_row = row_from(row);
    T* target = to + row * columns;
    if (source_row < 0) {
      std::fill_n(target, columns, outside);
      return;
    }
    const T* source = x + source_row * x_dims.back();
    const auto single = [&](int64_t i) {
      const int64_t place = from(last_axis, i);
      target[i] = place < 0 ? outside : source[place];
    };
    // The run that x has in a row.
    const int64_t before = pads[last_axis].before;
    const int64_t first = std::clamp<int64_t>(before, 0, columns);
    const int64_t last = std::clamp<int64_t>(before + x_dims.back(), first, columns);
    for (int64_t i = 0; i < first; ++i) single(i);
    if (last > first) {
      std::memcpy(target + first, source + first - before,
                  static_cast<size_t>(last - first) * sizeof(T));
    }
    for (int64_t i = last; i < columns; ++i) single(i);
  }
};

template <class T>
std::unique_ptr<CpuStep> bind_as(const StepBinding& b, const std::vector<AxisPad>& pads) {
  const View x = b.operands[0].view, y = b.results[0].view;
  const T* value = b.operands[2].present() ? b.operands[2].view.as<T>() : nullptr;
  if (y.dims.rank() == 0) {
    return rows_step(1, 1, [to = y.as<T>(), from = x.as<T>()](int64_t, int64_t) { *to = *from; });
  }
  const Padding<T> padding{
      b.attrs->as<PadAttrs>().mode, pads, x.dims, y.dims, x.as<T>(), value, y.as<T>()};
  return rows_step(y.dims.rows(), y.dims.back(), [padding](int64_t first, int64_t count) {
    for (int64_t row = first; row < first + count; ++row) padding.pad_row(row);
  });
}

std::unique_ptr<CpuStep> bind(const StepBinding& b) {
  const KnownOperands known(b);
  const auto pads = find_pads(b.attrs->as<PadAttrs>(), known.types());
  if (!pads || !*pads) return nullptr;
  std::unique_ptr<CpuStep> step;
  with_width(b.results[0].view.dtype, [&]<class T>() { step = bind_as<T>(b, **pads); });
  return step;
}

}  // namespace

std::span<const CpuKernel> pad_cpu_kernels() {
  static constexpr CpuKernel kKernels[] = {
      {"pad", "generic", [](const StepBinding&) { return true; }, bind}};
  return kKernels;
}

}  // namespace hone
