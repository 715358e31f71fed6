#include <algorithm>

#include "ops/conv/cpu_geometry.h"

namespace hone {
namespace {

// A plane and its result stay in the first cache.
constexpr int64_t kSlabElements = 4096;
// From so many channels that see one channel of x on, a product shares what it loads.
constexpr int64_t kManyOfOne = 8;

ConvTiling tiling_of(const ConvGeometry& geometry) {
  return ConvTiling(geometry, 1, kSlabElements, kSlabElements);
}

// Each channel of the result sees one channel of x.
class ConvDepthwiseStep final : public CpuStep {
 public:
  explicit ConvDepthwiseStep(const StepBinding& b)
      : fns_(conv_kernels(b.isa)),
        geometry_(ConvGeometry::of(b)),
        tiling_(tiling_of(geometry_)),
        offsets_(tiling_.offsets(geometry_, 1)),
        data_(b),
        epilogue_(conv_epilogue(b)),
        kernel_(choose()) {
    parts_ = geometry_.out[0] * tiling_.row_tiles * tiling_.column_tiles;
    pieces_ = geometry_.images * channels() * parts_;
    const int64_t work = tiling_.rows * tiling_.columns * geometry_.kernel_places();
    const int64_t share = (pieces_ + 8 * b.threads - 1) / (8 * b.threads);
    pieces_a_tile_ =
        std::clamp<int64_t>(with_grain(b, kWork) / work, 1, std::max<int64_t>(1, share));
  }

  int64_t tiles() const override { return (pieces_ + pieces_a_tile_ - 1) / pieces_a_tile_; }
  size_t scratch_bytes() const override {
    return static_cast<size_t>(tiling_.slab_elements(geometry_, 1) + fns_.lanes_at_once) *
           sizeof(float);
  }
  void run(int64_t tile, Scratch scratch) override {
    const int64_t end = std::min(pieces_, (tile + 1) * pieces_a_tile_);
    for (int64_t i = tile * pieces_a_tile_; i < end; ++i) {
      run_piece(i, reinterpret_cast<float*>(scratch.data()));
    }
  }

 private:
  static constexpr int64_t kWork = 512 * 1024;  // taps of a tile

  int64_t channels() const { return geometry_.groups * geometry_.out_channels; }

  void (*choose() const)(const ConvDepthwise&) {
    const WindowAxis &h = geometry_.axes[1], &w = geometry_.axes[2];
    const bool square = h.kernel == w.kernel && h.stride == w.stride && h.dilation == 1 &&
                        w.dilation == 1 && geometry_.kernel[0] == 1;
    if (square && h.kernel == 3 && h.stride == 1) return fns_.depthwise3;
    if (square && h.kernel == 3 && h.stride == 2) return fns_.depthwise3_2;
    if (square && h.kernel == 5 && h.stride == 1) return fns_.depthwise5;
    if (square && h.kernel == 5 && h.stride == 2) return fns_.depthwise5_2;
    return fns_.depthwise;
  }

  ConvEpilogue epilogue_of(int64_t channel) const {
    ConvEpilogue epilogue = epilogue_;
    if (data_.slopes != nullptr) epilogue.low = data_.slopes[channel];
    return epilogue;
  }

  // A part of one channel of one image.
  void run_piece(int64_t piece, float* slab) {
    int64_t part = piece % parts_;
    const int64_t plane = piece / parts_;
    std::array<int64_t, 3> first;
    first[2] = part % tiling_.column_tiles * tiling_.columns;
    part /= tiling_.column_tiles;
    first[1] = part % tiling_.row_tiles * tiling_.rows;
    first[0] = part / tiling_.row_tiles;
    const int64_t channel = plane % channels(), image = plane / channels();
    const int64_t in = image * geometry_.groups + channel / geometry_.out_channels;
    fns_.pack(tiling_.slab(geometry_, first, data_.x + in * geometry_.in_places(), 1, slab));
    const int64_t at = plane * geometry_.out_places() +
                       (first[0] * geometry_.out[1] + first[1]) * geometry_.out[2] + first[2];
    kernel_({.slab = slab,
             .weights = data_.weights + channel * geometry_.kernel_places(),
             .offsets = offsets_.data(),
             .taps = geometry_.kernel_places(),
             .bias = data_.bias == nullptr ? 0.0f : data_.bias[channel],
             .row_phases = static_cast<int64_t>(tiling_.row_phase.size()),
             .column_phases = static_cast<int64_t>(tiling_.column_phase.size()),
             .plane = tiling_.plane(),
             .rows = std::min(tiling_.rows, geometry_.out[1] - first[1]),
             .columns = std::min(tiling_.columns, geometry_.out[2] - first[2]),
             .pitch = tiling_.columns + tiling_.column_reach,
             .y = data_.y + at,
             .residual = data_.residual == nullptr ? nullptr : data_.residual + at,
             .row_stride = geometry_.out[2],
             .epilogue = epilogue_of(channel)});
  }

  const ConvFns& fns_;
  ConvGeometry geometry_;
  ConvTiling tiling_;
  std::vector<int32_t> offsets_;
  ConvData data_;
  ConvEpilogue epilogue_;
  void (*kernel_)(const ConvDepthwise&);
  int64_t parts_ = 0, pieces_ = 0, pieces_a_tile_ = 1;
};

}  // namespace

bool accepts_conv_depthwise(const StepBinding& b) {
  if (b.operands[1].view.dims[1] != 1 || !conv_takes(b)) return false;
  const ConvGeometry geometry = ConvGeometry::of(b);
  if (geometry.out_channels >= kManyOfOne) return false;
  return tiling_of(geometry).fits(geometry, 1) && conv_weights_are_finite(b);
}

std::unique_ptr<CpuStep> bind_conv_depthwise(const StepBinding& b) {
  return std::make_unique<ConvDepthwiseStep>(b);
}

}  // namespace hone
