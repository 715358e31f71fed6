// The sizes of a convolution with its spatial axes as depth, height and width, and how its input is
// laid out for a tile of the result.
#pragma once

#include <array>
#include <vector>

#include "backend/cpu/step.h"
#include "ops/conv/cpu.h"
#include "ops/conv/op.h"

namespace hone {

struct ConvGeometry {
  int64_t images, groups;
  int64_t in_channels, out_channels;  // of a group
  std::array<int64_t, 3> in, out, kernel;
  std::array<WindowAxis, 3> axes;

  static ConvGeometry of(const StepBinding& binding);
  int64_t in_places() const { return in[0] * in[1] * in[2]; }
  int64_t out_places() const { return out[0] * out[1] * out[2]; }
  int64_t kernel_places() const { return kernel[0] * kernel[1] * kernel[2]; }
  // Whether each place of the result sees the one of x at its own place only.
  bool is_pointwise() const;
  // Where that is so, the places of a plane become one row.
  void flatten_pointwise();
};

inline constexpr size_t kConvMaxPhases = 32;

// How much of x a tile of `rows` x `columns` places needs, and how it is sorted.
struct ConvTiling {
  std::vector<int64_t> row_phase, column_phase;
  int64_t row_reach, column_reach;  // what taps see beyond the tile's places
  int64_t rows = 1, columns = 1;
  int64_t row_tiles = 1, column_tiles = 1;

  // Whether strides and dilations are of a size for slabs of `channels`.
  bool fits(const ConvGeometry& geometry, int64_t channels) const;
  // Tiles of at most `places` places whose slab of `channels` has at most `elements`, if possible.
  ConvTiling(const ConvGeometry& geometry, int64_t channels, int64_t places, int64_t elements);

  int64_t plane() const { return (rows + row_reach) * (columns + column_reach); }
  int64_t phases() const { return static_cast<int64_t>(row_phase.size() * column_phase.size()); }
  int64_t slab_elements(const ConvGeometry& geometry, int64_t channels) const {
    return channels * geometry.kernel[0] * phases() * plane();
  }
  // Of each tap in the order of the weights.
  std::vector<int32_t> offsets(const ConvGeometry& geometry, int64_t channels) const;
  // The slab of the tile whose first place is `first`; x is its first channel.
  ConvSlab slab(const ConvGeometry& geometry, const std::array<int64_t, 3>& first, const float* x,
                int64_t channels, float* memory) const;
};

ConvEpilogue conv_epilogue(const StepBinding& binding);

// Where the operands and the result lie; null: absent.
struct ConvData {
  const float *x, *weights, *bias, *residual, *slopes;
  float* y;

  explicit ConvData(const StepBinding& binding);
};

// Whether the f32 kernels may take it, if also the weights are finite: they multiply padding as
// zeros. The second reads all weights, and is to be asked last; those that are stored packed are
// finite, or these kernels would not have been asked for their layout.
bool conv_takes(const StepBinding& binding);
bool conv_weights_are_finite(const StepBinding& binding);

const ConvFns& conv_kernels(Isa isa);

bool accepts_conv_bf16(const StepBinding& binding);        // where the set multiplies bf16
bool accepts_conv_bf16_tiles(const StepBinding& binding);  // by tiles, where it is worth it
bool accepts_conv_winograd(const StepBinding& binding);
bool accepts_conv_dots(const StepBinding& binding);
bool accepts_conv_same(const StepBinding& binding);       // where rows do not fill the lanes
bool accepts_conv_same_wide(const StepBinding& binding);  // where they do
bool accepts_conv_direct(const StepBinding& binding);
bool accepts_conv_depthwise(const StepBinding& binding);
bool accepts_conv_product(const StepBinding& binding);
bool accepts_conv_channels(const StepBinding& binding);      // where it is faster than product
bool accepts_conv_channels_few(const StepBinding& binding);  // where it is not
std::unique_ptr<CpuStep> bind_conv_bf16(const StepBinding& binding);
std::unique_ptr<CpuStep> bind_conv_bf16_tiles(const StepBinding& binding);
std::unique_ptr<CpuStep> bind_conv_winograd(const StepBinding& binding);
std::unique_ptr<CpuStep> bind_conv_dots(const StepBinding& binding);
std::unique_ptr<CpuStep> bind_conv_same(const StepBinding& binding);
std::unique_ptr<CpuStep> bind_conv_direct(const StepBinding& binding);
std::unique_ptr<CpuStep> bind_conv_depthwise(const StepBinding& binding);
std::unique_ptr<CpuStep> bind_conv_product(const StepBinding& binding);
std::unique_ptr<CpuStep> bind_conv_channels(const StepBinding& binding);
std::string_view conv_product_layout(const StepBinding& binding);
std::string_view conv_channels_layout(const StepBinding& binding);

}  // namespace hone
