#include <cmath>
#include <limits>
#include <type_traits>

#include "backend/cpu/rows_step.h"
#include "ops/cast/op.h"
#include "ops/shape_rules.h"
#include "tensor/codec/codec.h"
#include "tensor/encode.h"
#include "tensor/numbers.h"

namespace hone {
namespace {

enum class Signs : uint8_t { both, positive };

// Floats become integers by truncation; what does not fit becomes the nearest that does (ONNX
// leaves it open), NaN becomes 0.
template <class From, class To>
To convert(From x) {
  if constexpr (std::is_same_v<To, bool>) {
    return x != From{0};
  } else if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
    if (std::isnan(x)) return To{0};
    constexpr auto kMost = static_cast<From>(std::numeric_limits<To>::max());
    constexpr auto kLeast = static_cast<From>(std::numeric_limits<To>::min());
    if (x >= kMost) return std::numeric_limits<To>::max();
    if (x <= kLeast) return std::numeric_limits<To>::min();
    return static_cast<To>(x);
  } else {
    return static_cast<To>(x);
  }
}

// The bits of an integer of 2 or 4 bits, or 0 of any other dtype.
int narrow_bits(DType dtype) {
  if (dtype == DType::i4 || dtype == DType::u4) return 4;
  return dtype == DType::i2 || dtype == DType::u2 ? 2 : 0;
}

// ONNX keeps the low bits of what is cast to so few.
std::byte low_bits(double x, int bits, Signs signs) {
  const auto whole = static_cast<uint64_t>(convert<double, int64_t>(x));
  const uint64_t kept = whole & ((uint64_t{1} << bits) - 1);
  const bool negative = signs == Signs::both && (kept >> (bits - 1)) != 0;
  return static_cast<std::byte>(negative ? kept - (uint64_t{1} << bits) : kept);
}

std::unique_ptr<CpuStep> bind(const StepBinding& b) {
  const View x = b.operands[0].view, y = b.results[0].view;
  std::unique_ptr<CpuStep> step;
  with_number(x.dtype, [&]<class From>() {
    with_number(y.dtype, [&]<class To>() {
      const From* from = x.as<From>();
      To* to = y.as<To>();
      step = rows_step(x.dims.elements(), 1, [=](int64_t first, int64_t count) {
        for (int64_t i = first; i < first + count; ++i) to[i] = convert<From, To>(from[i]);
      });
    });
  });
  return step;
}

bool accepts(const StepBinding& b) {
  const auto plain = [](const Operand& operand) {
    return with_number(operand.view.dtype, []<class T>() {});
  };
  return plain(b.operands[0]) && plain(b.results[0]) && narrow_bits(b.results[0].view.dtype) == 0;
}

std::unique_ptr<CpuStep> bind_narrow(const StepBinding& b) {
  const View x = b.operands[0].view, y = b.results[0].view;
  const int bits = narrow_bits(y.dtype);
  const Signs signs = y.dtype == DType::i4 || y.dtype == DType::i2 ? Signs::both : Signs::positive;
  const int64_t size = info(x.dtype).block_bytes;
  return rows_step(x.dims.elements(), 8, [=](int64_t first, int64_t count) {
    for (int64_t i = first; i < first + count; ++i) {
      y.data[i] = low_bits(decode_element(x.dtype, x.data + i * size), bits, signs);
    }
  });
}

bool accepts_narrow(const StepBinding& b) { return narrow_bits(b.results[0].view.dtype) != 0; }

// An element at a time, by way of double: rare types on either side.
std::unique_ptr<CpuStep> bind_rare(const StepBinding& b) {
  const View x = b.operands[0].view, y = b.results[0].view;
  const Overflow overflow =
      b.attrs->as<CastAttrs>().saturate ? Overflow::saturate : Overflow::special;
  const int64_t x_size = info(x.dtype).block_bytes, y_size = info(y.dtype).block_bytes;
  return rows_step(x.dims.elements(), 8, [=](int64_t first, int64_t count) {
    for (int64_t i = first; i < first + count; ++i) {
      encode_element(y.dtype, decode_element(x.dtype, x.data + i * x_size), y.data + i * y_size,
                     overflow);
    }
  });
}

}  // namespace

std::span<const CpuKernel> cast_cpu_kernels() {
  static constexpr CpuKernel kKernels[] = {
      {"cast", "plain", accepts, bind},
      {"cast", "narrow", accepts_narrow, bind_narrow},
      {"cast", "generic", [](const StepBinding& b) { return !accepts_narrow(b); }, bind_rare}};
  return kKernels;
}

}  // namespace hone
