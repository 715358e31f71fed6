#include "ops/quantized_conv/cpu_geometry.h"

#include <algorithm>
#include <cstring>

#include "backend/cpu/isa_table.h"
#include "tensor/layout/codes.h"

namespace hone {

HONE_ISA_TABLE(CodeFns, quantized_conv_fns)
HONE_AMX_TABLE(CodeTileFns, quantized_conv_tile_fns)

const CodeFns& code_kernels(Isa isa) { return quantized_conv_fns(isa); }
const CodeTileFns* code_tile_kernels(Isa isa) { return quantized_conv_tile_fns(isa); }

CodeGeometry CodeGeometry::of(const StepBinding& b) {
  const auto& attrs = b.attrs->as<QuantizedConvAttrs>();
  const Dims &x = b.operands[0].view.dims, &w = b.operands[1].view.dims;
  const Dims& y = b.results[0].view.dims;
  CodeGeometry g{.images = x[0],
                 .groups = attrs.groups,
                 .in_channels = w.back(),
                 .out_channels = w[0] / attrs.groups,
                 .in = {1, 1, 1},
                 .out = {1, 1, 1},
                 .kernel = {1, 1, 1},
                 .axes = {}};
  g.axes.fill({1, 1, 1, 0, 0});
  const size_t spatial = w.rank() - 2, front = 3 - spatial;
  if (spatial == 0) {
    g.images = 1;
    for (size_t i = 0; i + 1 < x.rank(); ++i) g.images *= x[i];
    return g;
  }
  const Shape sizes = x.shape();
  const auto found = window_axes(attrs.window, std::span(sizes).subspan(1, spatial),
                                 w.sizes().subspan(1, spatial));
  for (size_t i = 0; i < spatial; ++i) {
    g.axes[front + i] = (*found)[i];
    g.in[front + i] = x[1 + i];
    g.out[front + i] = y[1 + i];
    g.kernel[front + i] = w[1 + i];
  }
  return g;
}

bool CodeGeometry::is_pointwise() const {
  return std::ranges::all_of(axes, [](const WindowAxis& axis) {
    return axis.kernel == 1 && axis.stride == 1 && axis.begin == 0 && axis.end == 0;
  });
}

CodeShifts::CodeShifts(DType x, DType weight, int64_t zero, uint8_t bias)
    : weight_flip(weight == DType::u8 ? 0x80 : 0),
      shift((x == DType::i8 ? 128 : 0) - bias),
      w_zero(weight == DType::u8 ? zero - 128 : zero) {
  flip = shift != 0 ? 0x80 : 0;
}

int32_t CodeShifts::start(int64_t bias, int64_t weight_sum, int64_t x_zero, int64_t taps) const {
  const int64_t all = bias - (x_zero + shift) * weight_sum + taps * x_zero * w_zero;
  return static_cast<int32_t>(static_cast<uint32_t>(all));
}

CodeScales::CodeScales(DType dtype, int64_t count) : fixed_(dtype == DType::f64) {
  const auto size = static_cast<size_t>(count);
  if (!fixed_) floats_.resize(size);
  if (fixed_) {
    for (auto* numbers : {&multipliers_, &lefts_, &rights_}) numbers->resize(size);
  }
}

void CodeScales::set(int64_t column, const View& scales, int64_t channel) {
  const auto at = static_cast<size_t>(column);
  if (!fixed_) {
    floats_[at] = scales.as<float>()[channel];
    return;
  }
  const FixedScale scale = FixedScale::of(scales.as<double>()[channel]);
  multipliers_[at] = scale.multiplier;
  lefts_[at] = scale.left;
  rights_[at] = scale.right;
}

CodeRule CodeScales::rule(const CodesAttrs& y, int64_t first) const {
  return {.scale = fixed_ ? nullptr : floats_.data() + first,
          .multiplier = fixed_ ? multipliers_.data() + first : nullptr,
          .left_shift = fixed_ ? lefts_.data() + first : nullptr,
          .right_shift = fixed_ ? rights_.data() + first : nullptr,
          .low = static_cast<int32_t>(y.low),
          .high = static_cast<int32_t>(y.high),
          .zero = static_cast<int32_t>(y.zero)};
}

CodeShifts code_tile_shifts(DType x, DType weight, int64_t w_zero) {
  return {x, weight, w_zero, static_cast<uint8_t>(x == DType::i8 ? 128 : 0)};
}

bool pays_in_tiles(int64_t rows, int64_t depth, int64_t columns) {
  const double products =
      static_cast<double>(rows) * static_cast<double>(depth) * static_cast<double>(columns);
  return rows >= 2 && depth >= 16 && products >= 1e5;
}

CodeColumns::CodeColumns(const StepBinding& b, const CodeGeometry& g, const CodeShifts& shifts,
                         int64_t blocks, const int32_t* sums)
    : start_(static_cast<size_t>(blocks * kCodeColumns * g.groups)),
      scales_(b.operands[2].view.dtype, blocks * kCodeColumns * g.groups) {
  const int64_t padded = blocks * kCodeColumns;
  const int64_t x_zero = b.attrs->as<QuantizedConvAttrs>().x_zero;
  const int32_t* bias = b.operands[3].view.as<int32_t>();
  for (int64_t channel = 0; channel < g.all_out(); ++channel) {
    const int64_t column = channel / g.out_channels * padded + channel % g.out_channels;
    start_[static_cast<size_t>(column)] =
        shifts.start(bias == nullptr ? 0 : bias[channel], sums[column], x_zero, g.taps());
    scales_.set(column, b.operands[2].view, channel);
  }
}

}  // namespace hone
