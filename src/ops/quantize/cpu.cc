#include "ops/quantize/cpu.h"

#include <cmath>

#include "backend/cpu/grid_step.h"
#include "backend/cpu/isa_table.h"
#include "ops/quantize/cpu_kernels.h"
#include "ops/quantize/op.h"
#include "ops/shape_rules.h"
#include "tensor/encode.h"
#include "tensor/numbers.h"

namespace hone {

HONE_ISA_TABLE(QuantizeFns, quantize_fns)

const QuantizeFns& quantize_kernels(Isa isa) { return quantize_fns(isa); }

namespace {

// Round to even without a call: |x| below 2^22 loses its fraction when 1.5 * 2^23 is added.
// Everything larger than any code is clamped before.
inline int32_t rounded(float x) {
  constexpr float kMagic = 12582912.0f;
  constexpr float kMost = 2097152.0f;
  x = x > kMost ? kMost : x;
  x = x < -kMost ? -kMost : x;
  return static_cast<int32_t>((x + kMagic) - kMagic);
}

template <class X, class Y>
void quantize_row(const X* x, int64_t count, float scale, int32_t zero, IntegerRange range, Y* y) {
  const auto least = static_cast<int32_t>(range.least), most = static_cast<int32_t>(range.most);
  for (int64_t i = 0; i < count; ++i) {
    float ratio = static_cast<float>(x[i]) / scale;
    ratio = ratio == ratio ? ratio : 0.0f;
    int32_t code = rounded(ratio) + zero;
    code = code < least ? least : code;
    code = code > most ? most : code;
    y[i] = static_cast<Y>(code);
  }
}

ScaleGrid grid_of(const StepBinding& b) {
  const auto& attrs = b.attrs->as<QuantizeAttrs>();
  return {b.operands[0].view.dims, b.operands[1].view.dims, attrs.axis, attrs.block};
}

template <class X, class Y>
std::unique_ptr<CpuStep> bind_as(const StepBinding& b) {
  const X* x = b.operands[0].view.as<X>();
  const float* scale = b.operands[1].view.as<float>();
  const Y* zero = b.operands[2].present() ? b.operands[2].view.as<Y>() : nullptr;
  Y* y = b.results[0].view.as<Y>();
  const IntegerRange range = integer_range(b.results[0].view.dtype);
  return grid_step(grid_of(b), [=](const ScaleGrid::Row& row) {
    const int64_t run = row.stride == 0 ? row.count : 1;
    for (int64_t i = 0; i < row.count; i += run) {
      const int64_t s = row.scale + i * row.stride;
      quantize_row(x + row.first + i, run, scale[s],
                   zero == nullptr ? 0 : static_cast<int32_t>(zero[s]), range, y + row.first + i);
    }
  });
}

template <class X>
std::unique_ptr<CpuStep> bind_from(const StepBinding& b) {
  switch (info(b.results[0].view.dtype).block_bytes) {
    case 1:
      return integer_range(b.results[0].view.dtype).least < 0 ? bind_as<X, int8_t>(b)
                                                              : bind_as<X, uint8_t>(b);
    default:
      return integer_range(b.results[0].view.dtype).least < 0 ? bind_as<X, int16_t>(b)
                                                              : bind_as<X, uint16_t>(b);
  }
}

std::unique_ptr<CpuStep> bind(const StepBinding& b) {
  return b.operands[0].view.dtype == DType::f32 ? bind_from<float>(b) : bind_from<int32_t>(b);
}

// f32 to codes of one byte, where runs of elements share a scale.
std::unique_ptr<CpuStep> bind_simd(const StepBinding& b) {
  const IntegerRange range = integer_range(b.results[0].view.dtype);
  const View zero = b.operands[2].view;
  const bool is_signed = range.least < 0;
  const auto zero_at = [=](int64_t i) -> int32_t {
    if (zero.data == nullptr) return 0;
    return is_signed ? zero.as<int8_t>()[i] : zero.as<uint8_t>()[i];
  };
  const auto* x = b.operands[0].view.as<float>();
  const auto* scale = b.operands[1].view.as<float>();
  auto* y = b.results[0].view.as<uint8_t>();
  const QuantizeFns& fns = quantize_kernels(b.isa);
  return grid_step(grid_of(b), [=, &fns](const ScaleGrid::Row& row) {
    fns.run({.x = x + row.first,
             .count = row.count,
             .scale = scale[row.scale],
             .zero = zero_at(row.scale),
             .low = static_cast<int32_t>(range.least),
             .high = static_cast<int32_t>(range.most),
             .y = y + row.first});
  });
}

bool accepts(const StepBinding& b) {
  const DType x = b.operands[0].view.dtype;
  return (x == DType::f32 || x == DType::i32) && b.operands[1].view.dtype == DType::f32 &&
         is_integer(b.results[0].view.dtype);
}

bool accepts_simd(const StepBinding& b) {
  return accepts(b) && b.operands[0].view.dtype == DType::f32 &&
         info(b.results[0].view.dtype).block_bytes == 1 && b.operands[0].view.dims.elements() > 0 &&
         grid_of(b).row(0).stride == 0;
}

// An element at a time: 16-bit operands and small floats.
std::unique_ptr<CpuStep> bind_rare(const StepBinding& b) {
  const View x = b.operands[0].view, scale = b.operands[1].view, zero = b.operands[2].view;
  const View y = b.results[0].view;
  const bool has_zero = b.operands[2].present();
  const Overflow overflow =
      b.attrs->as<QuantizeAttrs>().saturate ? Overflow::saturate : Overflow::special;
  const auto at = [](const View& view, int64_t i) {
    return decode_element(view.dtype, view.data + i * info(view.dtype).block_bytes);
  };
  return grid_step(grid_of(b), [=](const ScaleGrid::Row& row) {
    const IntegerRange range = integer_range(y.dtype);
    for (int64_t i = 0; i < row.count; ++i) {
      const int64_t s = row.scale + i * row.stride;
      const float ratio =
          static_cast<float>(at(x, row.first + i)) / static_cast<float>(at(scale, s));
      const double offset = has_zero ? at(zero, s) : 0.0;
      double value = static_cast<double>(ratio) + offset;
      if (is_integer(y.dtype)) {
        value = std::isnan(ratio) ? offset : std::nearbyint(static_cast<double>(ratio)) + offset;
        value =
            std::clamp(value, static_cast<double>(range.least), static_cast<double>(range.most));
      }
      encode_element(y.dtype, value, y.data + (row.first + i) * info(y.dtype).block_bytes,
                     overflow);
    }
  });
}

}  // namespace

std::span<const CpuKernel> quantize_cpu_kernels() {
  static constexpr CpuKernel kKernels[] = {
      {"quantize", "simd", accepts_simd, bind_simd},
      {"quantize", "integers", accepts, bind},
      {"quantize", "generic", [](const StepBinding&) { return true; }, bind_rare}};
  return kKernels;
}

}  // namespace hone
