#include "backend/cpu/grid_step.h"
#include "ops/dequantize/op.h"
#include "ops/shape_rules.h"
#include "tensor/encode.h"
#include "tensor/numbers.h"

namespace hone {
namespace {

ScaleGrid grid_of(const StepBinding& b) {
  const auto& attrs = b.attrs->as<DequantizeAttrs>();
  return {b.operands[0].view.dims, b.operands[1].view.dims, attrs.axis, attrs.block};
}

template <class X>
void dequantize_row(const X* x, const X* zero, const float* scale, const ScaleGrid::Row& row,
                    float* y) {
  if (row.stride == 0) {
    const int32_t offset = zero == nullptr ? 0 : static_cast<int32_t>(*zero);
    const float factor = *scale;
    for (int64_t i = 0; i < row.count; ++i) {
      y[i] = static_cast<float>(static_cast<int32_t>(x[i]) - offset) * factor;
    }
  } else {
    for (int64_t i = 0; i < row.count; ++i) {
      const int32_t offset = zero == nullptr ? 0 : static_cast<int32_t>(zero[i]);
      y[i] = static_cast<float>(static_cast<int32_t>(x[i]) - offset) * scale[i];
    }
  }
}

template <class X>
std::unique_ptr<CpuStep> bind_as(const StepBinding& b) {
  const X* x = b.operands[0].view.as<X>();
  const X* zero = b.operands[2].present() ? b.operands[2].view.as<X>() : nullptr;
  const float* scale = b.operands[1].view.as<float>();
  float* y = b.results[0].view.as<float>();
  return grid_step(grid_of(b), [=](const ScaleGrid::Row& row) {
    dequantize_row(x + row.first, zero == nullptr ? nullptr : zero + row.scale, scale + row.scale,
                   row, y + row.first);
  });
}

std::unique_ptr<CpuStep> bind(const StepBinding& b) {
  std::unique_ptr<CpuStep> step;
  with_number(b.operands[0].view.dtype, [&]<class X>() {
    if constexpr (std::is_integral_v<X> && sizeof(X) <= 2 && !std::is_same_v<X, bool>) {
      step = bind_as<X>(b);
    }
  });
  return step;
}

bool accepts(const StepBinding& b) {
  const DType x = b.operands[0].view.dtype;
  return is_integer(x) && info(x).block_bytes <= 2 && b.operands[1].view.dtype == DType::f32 &&
         b.results[0].view.dtype == DType::f32;
}

// An element at a time: 16-bit scales and results, small floats, i32.
std::unique_ptr<CpuStep> bind_rare(const StepBinding& b) {
  const View x = b.operands[0].view, scale = b.operands[1].view, zero = b.operands[2].view;
  const View y = b.results[0].view;
  const bool has_zero = b.operands[2].present();
  const auto at = [](const View& view, int64_t i) {
    return decode_element(view.dtype, view.data + i * info(view.dtype).block_bytes);
  };
  return grid_step(grid_of(b), [=](const ScaleGrid::Row& row) {
    for (int64_t i = 0; i < row.count; ++i) {
      const int64_t s = row.scale + i * row.stride;
      const double value = at(x, row.first + i) - (has_zero ? at(zero, s) : 0.0);
      encode_element(y.dtype, value * at(scale, s),
                     y.data + (row.first + i) * info(y.dtype).block_bytes);
    }
  });
}

}  // namespace

std::span<const CpuKernel> dequantize_cpu_kernels() {
  static constexpr CpuKernel kKernels[] = {
      {"dequantize", "integers", accepts, bind},
      {"dequantize", "generic", [](const StepBinding&) { return true; }, bind_rare}};
  return kKernels;
}

}  // namespace hone
