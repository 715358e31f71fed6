#include "ops/unary/cpu.h"

#include <type_traits>

#include "backend/cpu/isa_table.h"
#include "backend/cpu/rows_step.h"
#include "ops/unary/op.h"
#include "tensor/encode.h"
#include "tensor/numbers.h"

namespace hone {

HONE_ISA_TABLE(UnaryFns, unary_fns)
static_assert(kUnarySimdKinds == std::size(UnaryFns{}.maps));

namespace {

using Kind = UnaryKind;

bool accepts_simd(const StepBinding& b) {
  return b.operands[0].view.dtype == DType::f32 &&
         static_cast<size_t>(b.attrs->as<UnaryAttrs>().kind) < kUnarySimdKinds;
}

std::unique_ptr<CpuStep> bind_simd(const StepBinding& b) {
  const auto attrs = b.attrs->as<UnaryAttrs>();
  const UnaryFns::Map map = unary_fns(b.isa).maps[static_cast<size_t>(attrs.kind)];
  const auto* x = b.operands[0].view.as<float>();
  auto* y = b.results[0].view.as<float>();
  return rows_step(b.operands[0].view.dims.elements(), 1, [=](int64_t first, int64_t count) {
    map(x + first, count, attrs.alpha, attrs.beta, y + first);
  });
}

// A number as the dtype of T's elements holds it: truncated and clamped.
template <class T>
T rounded(DType dtype, double value) {
  T element;
  encode_element(dtype, value, reinterpret_cast<std::byte*>(&element));
  return element;
}

// Integers wrap; what is no integer function is computed in double, truncated and clamped.
template <class T>
T value_of(const UnaryAttrs& attrs, [[maybe_unused]] DType dtype, T x) {
  if constexpr (std::is_same_v<T, bool>) {
    return !x;
  } else if constexpr (std::is_floating_point_v<T>) {
    return static_cast<T>(unary_value(attrs, static_cast<double>(x)));
  } else {
    const bool negative = std::is_signed_v<T> && x < T{0};
    switch (attrs.kind) {
      case Kind::relu:
        return negative ? T{0} : x;
      case Kind::abs:
        return negative ? static_cast<T>(uint64_t{0} - static_cast<uint64_t>(x)) : x;
      case Kind::neg:
        return static_cast<T>(uint64_t{0} - static_cast<uint64_t>(x));
      case Kind::sign:
        return negative ? static_cast<T>(-1) : static_cast<T>(x != T{0});
      case Kind::bit_not:
        return static_cast<T>(~x);
      default:
        return rounded<T>(dtype, unary_value(attrs, static_cast<double>(x)));
    }
  }
}

template <class T>
std::unique_ptr<CpuStep> bind_as(const StepBinding& b) {
  const auto attrs = b.attrs->as<UnaryAttrs>();
  const DType dtype = b.operands[0].view.dtype;
  const T* x = b.operands[0].view.as<T>();
  const int64_t elements = b.operands[0].view.dims.elements();
  constexpr int64_t kCostly = 16;  // an element's work, compared with a copy
  if (is_test(attrs.kind)) {
    bool* y = b.results[0].view.as<bool>();
    return rows_step(elements, 1, [=](int64_t first, int64_t count) {
      for (int64_t i = first; i < first + count; ++i) {
        y[i] = unary_value(attrs, static_cast<double>(x[i])) != 0;
      }
    });
  }
  T* y = b.results[0].view.as<T>();
  return rows_step(elements, kCostly, [=](int64_t first, int64_t count) {
    for (int64_t i = first; i < first + count; ++i) y[i] = value_of<T>(attrs, dtype, x[i]);
  });
}

bool accepts(const StepBinding& b) {
  return with_number(b.operands[0].view.dtype, []<class T>() {});
}

std::unique_ptr<CpuStep> bind(const StepBinding& b) {
  std::unique_ptr<CpuStep> step;
  with_number(b.operands[0].view.dtype, [&]<class T>() { step = bind_as<T>(b); });
  return step;
}

}  // namespace

std::span<const CpuKernel> unary_cpu_kernels() {
  static constexpr CpuKernel kKernels[] = {{"unary", "simd", accepts_simd, bind_simd},
                                           {"unary", "generic", accepts, bind}};
  return kKernels;
}

}  // namespace hone
