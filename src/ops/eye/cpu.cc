#include <algorithm>
#include <cstring>

#include "backend/cpu/rows_step.h"
#include "ops/eye/op.h"
#include "ops/shape_rules.h"

namespace hone {
namespace {

std::unique_ptr<CpuStep> bind(const StepBinding& b) {
  const View y = b.results[0].view;
  const auto one = bytes_of_scalar(y.dtype, 1);
  const int64_t rows = y.dims[0], columns = y.dims[1], bytes = std::ssize(one);
  const int64_t diagonal = std::clamp(b.attrs->as<EyeAttrs>().diagonal, -rows, columns);
  return rows_step(rows, columns, [=](int64_t first, int64_t count) {
    for (int64_t row = first; row < first + count; ++row) {
      std::byte* to = y.data + row * columns * bytes;
      std::memset(to, 0, static_cast<size_t>(columns * bytes));
      const int64_t at = row + diagonal;
      if (at >= 0 && at < columns) std::memcpy(to + at * bytes, one.data(), one.size());
    }
  });
}

}  // namespace

std::span<const CpuKernel> eye_cpu_kernels() {
  static constexpr CpuKernel kKernels[] = {
      {"eye", "generic", [](const StepBinding&) { return true; }, bind}};
  return kKernels;
}

}  // namespace hone
