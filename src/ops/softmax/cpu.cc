#include "ops/softmax/cpu.h"

#include <algorithm>
#include <cmath>

#include "backend/cpu/isa_table.h"
#include "backend/cpu/rows_step.h"
#include "ops/softmax/op.h"

namespace hone {

HONE_ISA_TABLE(SoftmaxFns, softmax_fns)

namespace {

using Kind = SoftmaxAttrs::Kind;

constexpr int64_t kBlock = 128;  // columns side by side where the axis is not the last
constexpr int64_t kExpWork = 8;  // an element's work, compared with a copy

std::unique_ptr<CpuStep> bind_simd(const StepBinding& b) {
  const auto& attrs = b.attrs->as<SoftmaxAttrs>();
  const SoftmaxFns& fns = softmax_fns(b.isa);
  const auto [outer, size, inner] = softmax_sizes(attrs, b.operands[0].view.dims.sizes());
  const auto* x = b.operands[0].view.as<float>();
  auto* y = b.results[0].view.as<float>();
  const bool log = attrs.kind == Kind::log_softmax;
  if (inner == 1) {
    const auto row = log ? fns.log_row : fns.row;
    return rows_step(outer, size * kExpWork, [=](int64_t first, int64_t count) {
      for (int64_t i = first; i < first + count; ++i) row(x + i * size, size, y + i * size);
    });
  }
  const auto block = log ? fns.log_block : fns.block;
  const int64_t blocks = (inner + kBlock - 1) / kBlock, work = std::min(inner, kBlock) * size;
  return rows_step(outer * blocks, work * kExpWork, [=](int64_t first, int64_t count) {
    float gathered[2 * kBlock];
    for (int64_t unit = first; unit < first + count; ++unit) {
      const int64_t column = unit % blocks * kBlock;
      const int64_t at = unit / blocks * size * inner + column;
      block(x + at, size, inner, std::min(kBlock, inner - column), gathered, y + at);
    }
  });
}

bool accepts_simd(const StepBinding& b) {
  return b.operands[0].view.dtype == DType::f32 &&
         b.attrs->as<SoftmaxAttrs>().kind != Kind::hardmax;
}

// One column after another.
template <class T>
void column(Kind kind, const T* x, int64_t size, int64_t stride, T* y) {
  int64_t best = 0;
  for (int64_t i = 1; i < size; ++i) best = x[i * stride] > x[best * stride] ? i : best;
  if (kind == Kind::hardmax) {
    for (int64_t i = 0; i < size; ++i) y[i * stride] = i == best ? T{1} : T{0};
    return;
  }
  const auto peak = static_cast<double>(x[best * stride]);
  double total = 0;
  for (int64_t i = 0; i < size; ++i) total += std::exp(static_cast<double>(x[i * stride]) - peak);
  for (int64_t i = 0; i < size; ++i) {
    const double above = static_cast<double>(x[i * stride]) - peak;
    y[i * stride] =
        static_cast<T>(kind == Kind::softmax ? std::exp(above) / total : above - std::log(total));
  }
}

template <class T>
std::unique_ptr<CpuStep> bind_as(const StepBinding& b) {
  const auto& attrs = b.attrs->as<SoftmaxAttrs>();
  const Kind kind = attrs.kind;
  const auto [outer, size, inner] = softmax_sizes(attrs, b.operands[0].view.dims.sizes());
  const T* x = b.operands[0].view.as<T>();
  T* y = b.results[0].view.as<T>();
  if (size == 0) return rows_step(0, 1, [](int64_t, int64_t) {});
  return rows_step(outer * inner, size * kExpWork, [=](int64_t first, int64_t count) {
    for (int64_t i = first; i < first + count; ++i) {
      const int64_t at = i / inner * size * inner + i % inner;
      column(kind, x + at, size, inner, y + at);
    }
  });
}

bool accepts(const StepBinding& b) {
  const DType dtype = b.operands[0].view.dtype;
  return dtype == DType::f32 || dtype == DType::f64;
}

std::unique_ptr<CpuStep> bind(const StepBinding& b) {
  return b.operands[0].view.dtype == DType::f32 ? bind_as<float>(b) : bind_as<double>(b);
}

}  // namespace

std::span<const CpuKernel> softmax_cpu_kernels() {
  static constexpr CpuKernel kKernels[] = {{"softmax", "simd", accepts_simd, bind_simd},
                                           {"softmax", "generic", accepts, bind}};
  return kKernels;
}

}  // namespace hone
