#include <algorithm>

#include "backend/cpu/rows_step.h"
#include "ops/one_hot/op.h"
#include "ops/shape_rules.h"
#include "tensor/encode.h"
#include "tensor/numbers.h"

namespace hone {
namespace {

// y is [outer, depth, inner], the index [outer, inner].
template <class T>
std::unique_ptr<CpuStep> bind_as(const StepBinding& b) {
  const View index = b.operands[0].view, y = b.results[0].view;
  const size_t axis = find_axis(b.attrs->as<OneHotAttrs>().axis, y.dims.rank()).value();
  const int64_t depth = y.dims[axis], size = info(index.dtype).block_bytes;
  int64_t outer = 1, inner = 1;
  for (size_t i = 0; i < axis; ++i) outer *= y.dims[i];
  for (size_t i = axis + 1; i < y.dims.rank(); ++i) inner *= y.dims[i];
  const T* values = b.operands[2].view.as<T>();
  T* to = y.as<T>();
  return rows_step(outer, depth * inner, [=](int64_t first, int64_t count) {
    const T off = values[0], on = values[1];
    std::fill_n(to + first * depth * inner, count * depth * inner, off);
    for (int64_t i = first * inner; i < (first + count) * inner; ++i) {
      const double given = decode_element(index.dtype, index.data + i * size);
      const auto limit = static_cast<double>(depth);
      if (!(given >= -limit && given < limit)) continue;
      const auto points = static_cast<int64_t>(given < 0 ? given + limit : given);
      if (points >= depth) continue;  // a fraction below 0
      to[(i / inner * depth + points) * inner + i % inner] = on;
    }
  });
}

std::unique_ptr<CpuStep> bind(const StepBinding& b) {
  std::unique_ptr<CpuStep> step;
  with_width(b.results[0].view.dtype, [&]<class T>() { step = bind_as<T>(b); });
  return step;
}

}  // namespace

std::span<const CpuKernel> one_hot_cpu_kernels() {
  static constexpr CpuKernel kKernels[] = {
      {"one_hot", "generic", [](const StepBinding&) { return true; }, bind}};
  return kKernels;
}

}  // namespace hone
