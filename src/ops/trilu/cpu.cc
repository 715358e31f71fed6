#include <algorithm>
#include <cstring>

#include "backend/cpu/rows_step.h"
#include "ops/trilu/op.h"

namespace hone {
namespace {

std::unique_ptr<CpuStep> bind(const StepBinding& b) {
  const View x = b.operands[0].view, y = b.results[0].view;
  const int64_t* shift = b.operands[1].present() ? b.operands[1].view.as<int64_t>() : nullptr;
  const bool upper = b.attrs->as<TriluAttrs>().upper;
  const int64_t columns = x.dims.back(), height = x.dims[x.dims.rank() - 2];
  const int64_t bytes = info(x.dtype).block_bytes;
  return rows_step(x.dims.rows(), columns, [=](int64_t first, int64_t count) {
    for (int64_t row = first; row < first + count; ++row) {
      // The first column on the upper side, or the first beyond the lower one.
      const int64_t k = std::clamp(shift == nullptr ? 0 : *shift, -height - 1, columns + 1);
      const int64_t edge = std::clamp<int64_t>(row % height + k + (upper ? 0 : 1), 0, columns);
      const auto left = static_cast<size_t>(edge * bytes);
      const auto right = static_cast<size_t>((columns - edge) * bytes);
      const std::byte* from = x.data + row * columns * bytes;
      std::byte* to = y.data + row * columns * bytes;
      if (upper) {
        std::memset(to, 0, left);
        std::memcpy(to + left, from + left, right);
      } else {
        std::memcpy(to, from, left);
        std::memset(to + left, 0, right);
      }
    }
  });
}

}  // namespace

std::span<const CpuKernel> trilu_cpu_kernels() {
  static constexpr CpuKernel kKernels[] = {
      {"trilu", "generic", [](const StepBinding&) { return true; }, bind}};
  return kKernels;
}

}  // namespace hone
