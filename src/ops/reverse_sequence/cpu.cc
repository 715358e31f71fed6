#include <algorithm>
#include <cstring>

#include "backend/cpu/rows_step.h"
#include "ops/reverse_sequence/op.h"

namespace hone {
namespace {

// A row is all of one batch at one time.
std::unique_ptr<CpuStep> bind(const StepBinding& b) {
  const View x = b.operands[0].view, y = b.results[0].view;
  const auto* lengths = b.operands[1].view.as<int64_t>();
  const bool batch_first = b.attrs->as<ReverseSequenceAttrs>().batch_axis == 0;
  const int64_t inner = x.dims[1], time = x.dims[batch_first ? 1 : 0];
  int64_t elements = 1;
  for (size_t i = 2; i < x.dims.rank(); ++i) elements *= x.dims[i];
  const int64_t bytes = elements * info(x.dtype).block_bytes;
  return rows_step(elements == 0 ? 0 : x.dims[0] * inner, elements, [=](int64_t first, int64_t n) {
    for (int64_t row = first; row < first + n; ++row) {
      const int64_t batch = batch_first ? row / inner : row % inner;
      const int64_t at = batch_first ? row % inner : row / inner;
      const int64_t length = std::clamp<int64_t>(lengths[batch], 0, time);
      const int64_t shift = at < length ? length - 1 - 2 * at : 0;
      const int64_t from = row + shift * (batch_first ? 1 : inner);
      std::memcpy(y.data + row * bytes, x.data + from * bytes, static_cast<size_t>(bytes));
    }
  });
}

}  // namespace

std::span<const CpuKernel> reverse_sequence_cpu_kernels() {
  static constexpr CpuKernel kKernels[] = {
      {"reverse_sequence", "generic", [](const StepBinding&) { return true; }, bind}};
  return kKernels;
}

}  // namespace hone
