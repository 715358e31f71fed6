#include <algorithm>

#include "backend/cpu/rows_step.h"
#include "ops/binary/op.h"

namespace hone {
namespace {

float apply(BinaryKind kind, float a, float b) {
  switch (kind) {
    case BinaryKind::add:
      return a + b;
    case BinaryKind::sub:
      return a - b;
    case BinaryKind::mul:
      return a * b;
    case BinaryKind::div:
      return a / b;
    case BinaryKind::min:
      return a < b || a != a ? a : b;  // NaN where either is one
    case BinaryKind::max:
      return a > b || a != a ? a : b;
  }
  return a;
}

// One loop a kind, so that the compiler can vectorize it.
template <BinaryKind kind>
void run_rows(const float* a, const float* b, int64_t b_count, int64_t first, int64_t count,
              float* y) {
  if (b_count == 1) {
    for (int64_t i = first; i < first + count; ++i) y[i] = apply(kind, a[i], b[0]);
    return;
  }
  // `first` and `count` are whole repetitions of b.
  for (int64_t base = first; base < first + count; base += b_count) {
    for (int64_t i = 0; i < b_count; ++i) y[base + i] = apply(kind, a[base + i], b[i]);
  }
}

using RunRows = void (*)(const float*, const float*, int64_t, int64_t, int64_t, float*);
constexpr RunRows kRunRows[] = {run_rows<BinaryKind::add>, run_rows<BinaryKind::sub>,
                                run_rows<BinaryKind::mul>, run_rows<BinaryKind::div>,
                                run_rows<BinaryKind::min>, run_rows<BinaryKind::max>};

std::unique_ptr<CpuStep> bind(const StepBinding& b) {
  const RunRows run = kRunRows[static_cast<size_t>(b.attrs->as<BinaryAttrs>().kind)];
  const auto *x = b.operands[0].view.as<float>(), *other = b.operands[1].view.as<float>();
  auto* y = b.results[0].view.as<float>();
  const int64_t count_all = b.results[0].view.dims.elements();
  if (b.operands[1].view.dims.elements() == count_all) {  // one to one: cut anywhere
    return rows_step(count_all, 1, [=](int64_t first, int64_t count) {
      run(x + first, other + first, count, 0, count, y + first);
    });
  }
  const int64_t repeat = std::max<int64_t>(1, b.operands[1].view.dims.elements());
  return rows_step(b.results[0].view.dims.elements() / repeat, repeat,
                   [=](int64_t first, int64_t count) {
                     run(x, other, repeat, first * repeat, count * repeat, y);
                   });
}

}  // namespace

std::span<const CpuKernel> binary_cpu_kernels() {
  static constexpr CpuKernel kKernels[] = {
      {"binary", "generic", [](const StepBinding&) { return true; }, bind}};
  return kKernels;
}

}  // namespace hone
