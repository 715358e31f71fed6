#include "backend/cpu/broadcast.h"
#include "backend/cpu/rows_step.h"
#include "tensor/numbers.h"

namespace hone {
namespace {

template <class T>
struct Row {
  const uint8_t* condition;
  const T *a, *b;
  T* y;
  int64_t steps[3];
  int64_t count;

  // Loops of their own for what the compiler can vectorize: a mask over tensors and single values.
  void run() const {
    if (steps[0] == 0) return copy(*condition != 0 ? a : b, steps[*condition != 0 ? 1 : 2]);
    if (steps[1] == 0 && steps[2] == 1) {
      const T first = *a;
      for (int64_t i = 0; i < count; ++i) y[i] = condition[i] != 0 ? first : b[i];
    } else if (steps[1] == 1 && steps[2] == 0) {
      const T second = *b;
      for (int64_t i = 0; i < count; ++i) y[i] = condition[i] != 0 ? a[i] : second;
    } else if (steps[1] == 1 && steps[2] == 1) {
      for (int64_t i = 0; i < count; ++i) y[i] = condition[i] != 0 ? a[i] : b[i];
    } else {
      for (int64_t i = 0; i < count; ++i) {
        y[i] = condition[i * steps[0]] != 0 ? a[i * steps[1]] : b[i * steps[2]];
      }
    }
  }
  void copy(const T* source, int64_t step) const {
    for (int64_t i = 0; i < count; ++i) y[i] = source[i * step];
  }
};

template <class T>
std::unique_ptr<CpuStep> bind_as(const StepBinding& b) {
  const View condition = b.operands[0].view, first = b.operands[1].view,
             second = b.operands[2].view, result = b.results[0].view;
  const Broadcast<3> walk(result.dims, {condition.dims, first.dims, second.dims});
  const Row<T> start{condition.as<uint8_t>(),
                     first.as<T>(),
                     second.as<T>(),
                     result.as<T>(),
                     {walk.inner_stride(0), walk.inner_stride(1), walk.inner_stride(2)},
                     0};
  const int64_t columns = walk.columns();
  const auto part = [start](const std::array<int64_t, 3>& at, int64_t to, int64_t count) {
    Row<T> row = start;
    row.condition += at[0], row.a += at[1], row.b += at[2], row.y += to, row.count = count;
    row.run();
  };
  if (walk.rows() == 1) {  // one row may be cut anywhere
    return rows_step(columns, 1, [=](int64_t at, int64_t count) {
      const auto& s = start.steps;
      part({at * s[0], at * s[1], at * s[2]}, at, count);
    });
  }
  return rows_step(walk.rows(), columns, [=](int64_t at, int64_t count) {
    for (int64_t row = at; row < at + count; ++row) part(walk.offsets(row), row * columns, columns);
  });
}

std::unique_ptr<CpuStep> bind(const StepBinding& b) {
  std::unique_ptr<CpuStep> step;
  with_width(b.results[0].view.dtype, [&]<class T>() { step = bind_as<T>(b); });
  return step;
}

}  // namespace

std::span<const CpuKernel> select_cpu_kernels() {
  static constexpr CpuKernel kKernels[] = {
      {"select", "generic", [](const StepBinding&) { return true; }, bind}};
  return kKernels;
}

}  // namespace hone
