#include "ops/conv/cpu_geometry.h"

#include <algorithm>
#include <cmath>

#include "backend/cpu/isa_table.h"

namespace hone {

HONE_ISA_TABLE(ConvFns, conv_fns)

const ConvFns& conv_kernels(Isa isa) { return conv_fns(isa); }

ConvGeometry ConvGeometry::of(const StepBinding& b) {
  const auto& attrs = b.attrs->as<ConvAttrs>();
  const Dims &x = b.operands[0].view.dims, &w = b.operands[1].view.dims;
  const Dims& y = b.results[0].view.dims;
  ConvGeometry g{.images = x[0],
                 .groups = attrs.groups,
                 .in_channels = w[1],
                 .out_channels = w[0] / attrs.groups,
                 .in = {1, 1, 1},
                 .out = {1, 1, 1},
                 .kernel = {1, 1, 1},
                 .axes = {}};
  g.axes.fill({1, 1, 1, 0, 0});
  const size_t spatial = x.rank() - 2, front = 3 - spatial;
  const Shape sizes = x.shape();
  const auto found = window_axes(attrs.window, std::span(sizes).subspan(2), w.sizes().subspan(2));
  for (size_t i = 0; i < spatial; ++i) {
    g.axes[front + i] = (*found)[i];
    g.in[front + i] = x[2 + i];
    g.out[front + i] = y[2 + i];
    g.kernel[front + i] = w[2 + i];
  }
  return g;
}

bool ConvGeometry::is_pointwise() const {
  return std::ranges::all_of(axes, [](const WindowAxis& axis) {
    return axis.kernel == 1 && axis.stride == 1 && axis.begin == 0 && axis.end == 0;
  });
}

void ConvGeometry::flatten_pointwise() {
  if (!is_pointwise()) return;
  in = {1, 1, in_places()};
  out = in;
}

namespace {

// The remainders by the stride that taps of an axis have.
std::vector<int64_t> phases_of(const WindowAxis& axis) {
  std::vector<int64_t> phases;
  for (int64_t k = 0; k < axis.kernel && phases.size() <= kConvMaxPhases; ++k) {
    const int64_t phase = k * axis.dilation % axis.stride;
    if (std::ranges::find(phases, phase) == phases.end()) phases.push_back(phase);
  }
  std::ranges::sort(phases);
  return phases;
}

int64_t reach_of(const WindowAxis& axis) { return (axis.kernel - 1) * axis.dilation / axis.stride; }

// The largest part not above `most` into which `size` is cut evenly.
int64_t even_part(int64_t size, int64_t most) {
  const int64_t parts = (size + most - 1) / most;
  return (size + parts - 1) / parts;
}

int64_t index_of(const std::vector<int64_t>& phases, int64_t phase) {
  return std::ranges::find(phases, phase) - phases.begin();
}

}  // namespace

bool ConvTiling::fits(const ConvGeometry& g, int64_t channels) const {
  constexpr double kMostElements = 1 << 24;
  const auto number = [](int64_t value) { return static_cast<double>(value); };
  const double elements = number(channels) * number(g.kernel[0]) * number(phases()) *
                          number(rows + row_reach) * number(columns + column_reach);
  return row_phase.size() <= kConvMaxPhases && column_phase.size() <= kConvMaxPhases &&
         elements <= kMostElements;
}

ConvTiling::ConvTiling(const ConvGeometry& g, int64_t channels, int64_t places, int64_t elements)
    : row_phase(phases_of(g.axes[1])),
      column_phase(phases_of(g.axes[2])),
      row_reach(reach_of(g.axes[1])),
      column_reach(reach_of(g.axes[2])) {
  const int64_t per_place = channels * g.kernel[0] * phases();
  const int64_t most = std::max<int64_t>(48, std::min(places, elements / per_place));
  columns = even_part(g.out[2], most);
  if (columns < g.out[2]) columns = std::min((columns + 15) / 16 * 16, g.out[2]);
  const int64_t most_rows = std::max<int64_t>(1, most / (columns + column_reach));
  rows = even_part(g.out[1], most_rows);
  row_tiles = (g.out[1] + rows - 1) / rows;
  column_tiles = (g.out[2] + columns - 1) / columns;
}

std::vector<int32_t> ConvTiling::offsets(const ConvGeometry& g, int64_t channels) const {
  std::vector<int32_t> all;
  const int64_t pitch = columns + column_reach, depth_elements = phases() * plane();
  for (int64_t c = 0; c < channels; ++c) {
    for (int64_t d = 0; d < g.kernel[0]; ++d) {
      for (int64_t h = 0; h < g.kernel[1]; ++h) {
        for (int64_t w = 0; w < g.kernel[2]; ++w) {
          const int64_t dh = h * g.axes[1].dilation, dw = w * g.axes[2].dilation;
          const int64_t phase = index_of(row_phase, dh % g.axes[1].stride) *
                                    static_cast<int64_t>(column_phase.size()) +
                                index_of(column_phase, dw % g.axes[2].stride);
          const int64_t offset = (c * g.kernel[0] + d) * depth_elements + phase * plane() +
                                 dh / g.axes[1].stride * pitch + dw / g.axes[2].stride;
          all.push_back(static_cast<int32_t>(offset));
        }
      }
    }
  }
  return all;
}

ConvSlab ConvTiling::slab(const ConvGeometry& g, const std::array<int64_t, 3>& first,
                          const float* x, int64_t channels, float* memory) const {
  ConvSlab s{};
  s.x = x;
  s.channels = channels;
  s.channel_stride = g.in_places();
  for (size_t i = 0; i < 3; ++i) {
    s.size[i] = g.in[i];
    s.stride[i] = g.axes[i].stride;
    s.first[i] = first[i] * g.axes[i].stride - g.axes[i].begin;
  }
  s.depth_taps = g.kernel[0];
  s.depth_step = g.axes[0].dilation;
  s.row_phases = static_cast<int64_t>(row_phase.size());
  s.column_phases = static_cast<int64_t>(column_phase.size());
  std::ranges::copy(row_phase, s.row_phase);
  std::ranges::copy(column_phase, s.column_phase);
  s.rows = rows + row_reach;
  s.pitch = columns + column_reach;
  s.slab = memory;
  return s;
}

ConvData::ConvData(const StepBinding& b)
    : x(b.operands[0].view.as<float>()),
      weights(b.operands[1].view.as<float>()),
      bias(b.operands[2].view.as<float>()),
      residual(b.operands[3].view.as<float>()),
      slopes(b.operands[4].view.as<float>()),
      y(b.results[0].view.as<float>()) {}

ConvEpilogue conv_epilogue(const StepBinding& b) {
  const EpilogueAttrs& attrs = b.attrs->as<ConvAttrs>().epilogue;
  return {.activation = static_cast<int>(attrs.activation),
          .low = attrs.low,
          .high = attrs.high,
          .residual_after = attrs.residual == ResidualPlace::after};
}

bool conv_takes(const StepBinding& b) {
  const Operand &x = b.operands[0], &weight = b.operands[1];
  if (x.view.dtype != DType::f32 || !weight.is_constant) return false;
  if (x.view.dims.elements() == 0 || b.results[0].view.dims.elements() == 0) return false;
  return weight.view.dims.elements() > 0;
}

bool conv_weights_are_finite(const StepBinding& b) {
  constexpr uint32_t kExponent = 0x7f800000;  // all ones in infinities and NaNs only
  if (b.operands[1].layout != kCanonicalLayout) return true;
  const View& weight = b.operands[1].view;
  const auto* bits = weight.as<uint32_t>();
  const int64_t count = weight.dims.elements();
  uint32_t bad = 0;
  for (int64_t i = 0; i < count; ++i) bad |= (bits[i] & kExponent) == kExponent;
  return bad == 0;
}

}  // namespace hone
