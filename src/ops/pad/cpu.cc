#include <algorithm>
#include <cstring>

#include "backend/cpu/known_operands.h"
#include "backend/cpu/rows_step.h"
#include "backend/cpu/strided_copy.h"
#include "ops/pad/op.h"
#include "tensor/numbers.h"

namespace hone {
namespace {

// Where the elements of each axis of y come from: tables, made when bound.
struct Sources {
  std::vector<std::vector<int64_t>> outer;  // by axis but the last: offset in x, or -1
  std::vector<int64_t> inner;               // of the last axis
  // The run of the last axis that x has in a row.
  int64_t first = 0, last = 0;
};

Sources find_sources(const PadAttrs& attrs, const std::vector<AxisPad>& pads, const Dims& x,
                     const Dims& y) {
  Sources sources;
  const auto strides = dense_strides(x);
  for (size_t i = 0; i < y.rank(); ++i) {
    std::vector<int64_t> offsets;
    for (int64_t at = 0; at < y[i]; ++at) {
      const int64_t from = padded_from(attrs.mode, at - pads[i].before, x[i]);
      offsets.push_back(from < 0 ? -1 : from * strides[i]);
    }
    sources.outer.push_back(std::move(offsets));
  }
  if (sources.outer.empty()) sources.outer.push_back({0});
  sources.inner = std::move(sources.outer.back());
  sources.outer.pop_back();
  if (y.rank() > 0) {
    const AxisPad& pad = pads[y.rank() - 1];
    sources.first = std::clamp<int64_t>(pad.before, 0, y.back());
    sources.last = std::clamp<int64_t>(pad.before + x.back(), sources.first, y.back());
  }
  return sources;
}

template <class T>
struct Padding {
  Sources sources;
  Dims y;
  const T* x;
  const T* value;  // null: 0
  T* to;

  // The place in x where a row of y comes from, or -1.
  int64_t offset(int64_t row) const {
    int64_t offset = 0;
    for (size_t i = sources.outer.size(); i-- > 0;) {
      const int64_t part = sources.outer[i][static_cast<size_t>(row % y[i])];
      row /= y[i];
      if (part < 0) return -1;
      offset += part;
    }
    return offset;
  }
  void pad_row(int64_t row) const {
    const T outside = value == nullptr ? T{} : *value;
    T* target = to + row * y.back();
    const int64_t from = offset(row), columns = y.back();
    if (from < 0) {
      std::fill_n(target, columns, outside);
      return;
    }
    const auto single = [&](int64_t i) {
      const int64_t inner = sources.inner[static_cast<size_t>(i)];
      target[i] = inner < 0 ? outside : x[from + inner];
    };
    const int64_t first = sources.first, last = sources.last;
    for (int64_t i = 0; i < first; ++i) single(i);
    if (last > first) {
      std::memcpy(target + first, x + from + sources.inner[static_cast<size_t>(first)],
                  static_cast<size_t>(last - first) * sizeof(T));
    }
    for (int64_t i = last; i < columns; ++i) single(i);
  }
};

template <class T>
std::unique_ptr<CpuStep> bind_as(const StepBinding& b, const std::vector<AxisPad>& pads) {
  const View x = b.operands[0].view, y = b.results[0].view;
  const int64_t rows = y.dims.rows(), columns = y.dims.back();
  const T* value = b.operands[2].present() ? b.operands[2].view.as<T>() : nullptr;
  return rows_step(
      rows, columns,
      [padding = Padding<T>{find_sources(b.attrs->as<PadAttrs>(), pads, x.dims, y.dims), y.dims,
                            x.as<T>(), value, y.as<T>()}](int64_t first, int64_t count) {
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
