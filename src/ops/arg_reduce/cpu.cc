#include <algorithm>

#include "backend/cpu/rows_step.h"
#include "ops/arg_reduce/op.h"
#include "ops/shape_rules.h"
#include "tensor/numbers.h"

namespace hone {
namespace {

using Kind = ArgReduceAttrs::Kind;

// Neighboring columns, so that rows of memory are read one after another.
constexpr int64_t kBlock = 256;

template <class T>
bool better(T x, T best, const ArgReduceAttrs& attrs) {
  if (attrs.last && x == best) return true;
  return attrs.kind == Kind::max ? x > best : x < best;
}

// `columns` results; the elements of one lie `stride` apart.
template <class T>
void block(const T* x, int64_t size, int64_t stride, int64_t columns, const ArgReduceAttrs& attrs,
           int64_t* index) {
  T best[kBlock];
  std::copy_n(x, columns, best);
  std::fill_n(index, columns, 0);
  for (int64_t i = 1; i < size; ++i) {
    const T* row = x + i * stride;
    for (int64_t c = 0; c < columns; ++c) {
      if (!better(row[c], best[c], attrs)) continue;
      best[c] = row[c];
      index[c] = i;
    }
  }
}

std::unique_ptr<CpuStep> bind(const StepBinding& b) {
  const auto attrs = b.attrs->as<ArgReduceAttrs>();
  const View x = b.operands[0].view;
  auto* y = b.results[0].view.as<int64_t>();
  const size_t axis = *find_axis(attrs.axis, x.dims.rank());
  int64_t outer = 1, inner = 1;
  const int64_t size = x.dims[axis];
  for (size_t i = 0; i < axis; ++i) outer *= x.dims[i];
  for (size_t i = axis + 1; i < x.dims.rank(); ++i) inner *= x.dims[i];
  const int64_t blocks = (inner + kBlock - 1) / kBlock;
  std::unique_ptr<CpuStep> step;
  with_number(x.dtype, [&]<class T>() {
    const T* from = x.as<T>();
    const int64_t work = size * std::min(kBlock, inner);
    step = rows_step(outer * blocks, work, [=](int64_t first, int64_t count) {
      for (int64_t unit = first; unit < first + count; ++unit) {
        const int64_t row = unit / blocks, column = unit % blocks * kBlock;
        block(from + row * size * inner + column, size, inner, std::min(kBlock, inner - column),
              attrs, y + row * inner + column);
      }
    });
  });
  return step;
}

bool accepts(const StepBinding& b) {
  return with_number(b.operands[0].view.dtype, []<class T>() {});
}

}  // namespace

std::span<const CpuKernel> arg_reduce_cpu_kernels() {
  static constexpr CpuKernel kKernels[] = {{"arg_reduce", "generic", accepts, bind}};
  return kKernels;
}

}  // namespace hone
