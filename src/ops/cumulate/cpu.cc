#include <algorithm>
#include <type_traits>

#include "backend/cpu/known_operands.h"
#include "backend/cpu/rows_step.h"
#include "ops/cumulate/op.h"
#include "ops/shape_rules.h"
#include "tensor/numbers.h"

namespace hone {
namespace {

template <class T>
T next(bool product, T total, T value) {
  if constexpr (std::is_same_v<T, bool>) {
    return product ? total && value : total || value;
  } else if constexpr (std::is_integral_v<T>) {
    const auto a = static_cast<uint64_t>(total), b = static_cast<uint64_t>(value);
    return static_cast<T>(product ? a * b : a + b);
  } else {
    return product ? total * value : total + value;
  }
}

// x as [outer, size, inner]: along the middle, for `width` inner ones side by side.
template <class T>
struct Running {
  const T* x;
  T* y;
  int64_t size, inner;
  CumulateAttrs attrs;

  void run(int64_t outer, int64_t from, int64_t width) const {
    const int64_t start = outer * size * inner + from;
    const int64_t step = attrs.reverse ? -inner : inner;
    int64_t at = start + (attrs.reverse ? (size - 1) * inner : 0), before = at;
    for (int64_t i = 0; i < size; ++i, before = at, at += step) {
      // What is added: this element, or, if it is left out, the one before.
      const T* added = x + (attrs.exclusive ? before : at);
      for (int64_t c = 0; c < width; ++c) {
        if (i == 0) {
          y[at + c] = attrs.exclusive ? static_cast<T>(attrs.product ? 1 : 0) : added[c];
        } else {
          y[at + c] = next<T>(attrs.product, y[before + c], added[c]);
        }
      }
    }
  }
};

template <class T>
std::unique_ptr<CpuStep> bind_as(const StepBinding& b, size_t axis) {
  const View x = b.operands[0].view;
  int64_t outer = 1, inner = 1;
  for (size_t i = 0; i < axis; ++i) outer *= x.dims[i];
  for (size_t i = axis + 1; i < x.dims.rank(); ++i) inner *= x.dims[i];
  const Running<T> running{x.as<T>(), b.results[0].view.as<T>(), x.dims[axis], inner,
                           b.attrs->as<CumulateAttrs>()};
  constexpr int64_t kWidth = 256;
  const int64_t parts = (inner + kWidth - 1) / kWidth;
  return rows_step(outer * parts, x.dims[axis] * std::min(inner, kWidth),
                   [=](int64_t first, int64_t count) {
                     for (int64_t i = first; i < first + count; ++i) {
                       const int64_t from = i % parts * kWidth;
                       running.run(i / parts, from, std::min(kWidth, inner - from));
                     }
                   });
}

bool accepts(const StepBinding& b) {
  return with_number(b.results[0].view.dtype, []<class T>() {});
}

std::unique_ptr<CpuStep> bind(const StepBinding& b) {
  const KnownOperands known(b);
  const auto axes = given_ints({b.attrs->as<CumulateAttrs>().axis}, known.types()[1]);
  if (!axes) return nullptr;
  const size_t axis = find_axis(axes->front(), b.operands[0].view.dims.rank()).value();
  std::unique_ptr<CpuStep> step;
  with_number(b.results[0].view.dtype, [&]<class T>() { step = bind_as<T>(b, axis); });
  return step;
}

}  // namespace

std::span<const CpuKernel> cumulate_cpu_kernels() {
  static constexpr CpuKernel kKernels[] = {{"cumulate", "generic", accepts, bind}};
  return kKernels;
}

}  // namespace hone
