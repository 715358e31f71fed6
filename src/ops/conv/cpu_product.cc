#include <algorithm>

#include "backend/cpu/packed_weights.h"
#include "ops/conv/cpu_geometry.h"
#include "tensor/layout/panels.h"

namespace hone {
namespace {

// A tile's slab stays in the second cache beside the weights that stream through.
constexpr int64_t kSlabElements = 64 * 1024;
constexpr int64_t kMostPlaces = 960;
// Channels below this many cost more to pack x for than they are worth as a tile of their own.
constexpr int64_t kFewestChannels = 32;

ConvGeometry flat_geometry(const StepBinding& b) {
  ConvGeometry geometry = ConvGeometry::of(b);
  geometry.flatten_pointwise();
  return geometry;
}

// So many places that all threads have tiles, but not too few for vectors.
ConvTiling tiling_of(const ConvGeometry& g, const StepBinding& b) {
  const int64_t planes = g.images * g.groups * g.out[0];
  const int64_t share = planes * g.out[1] * g.out[2] / (4 * b.threads);
  const int64_t places = std::clamp<int64_t>(share, 192, kMostPlaces);
  return ConvTiling(g, g.in_channels, with_grain(b, places), with_grain(b, kSlabElements));
}

// Filters block by block of channels, those of a group from a block's beginning on.
std::string_view layout_of(const StepBinding& b) {
  return row_panels(conv_kernels(b.isa).rows_at_once);
}

class ConvProductStep final : public CpuStep {
 public:
  explicit ConvProductStep(const StepBinding& b)
      : fns_(conv_kernels(b.isa)),
        geometry_(flat_geometry(b)),
        tiling_(tiling_of(geometry_, b)),
        offsets_(tiling_.offsets(geometry_, geometry_.in_channels)),
        data_(b),
        epilogue_(conv_epilogue(b)),
        weights_(b, layout_of(b), b.operands[1].view.dims, geometry_.groups) {
    blocks_ = (geometry_.out_channels + fns_.rows_at_once - 1) / fns_.rows_at_once;
    set_bias();
    place_tiles_ = geometry_.images * geometry_.groups * geometry_.out[0] * tiling_.row_tiles *
                   tiling_.column_tiles;
    const int64_t wanted = (4 * b.threads + place_tiles_ - 1) / place_tiles_;
    const int64_t most = std::max<int64_t>(1, geometry_.out_channels / kFewestChannels);
    const int64_t parts = std::min(wanted, most);
    blocks_a_tile_ = (blocks_ + parts - 1) / parts;
    channel_tiles_ = (blocks_ + blocks_a_tile_ - 1) / blocks_a_tile_;
  }

  int64_t tiles() const override { return place_tiles_ * channel_tiles_; }
  size_t scratch_bytes() const override {
    const int64_t elements = tiling_.slab_elements(geometry_, geometry_.in_channels);
    return static_cast<size_t>(elements + fns_.lanes_at_once) * sizeof(float);
  }

  void run(int64_t tile, Scratch scratch) override {
    int64_t rest = tile;
    const auto take = [&rest](int64_t count) {
      const int64_t index = rest % count;
      rest /= count;
      return index;
    };
    const int64_t part = take(channel_tiles_);
    std::array<int64_t, 3> first;
    first[2] = take(tiling_.column_tiles) * tiling_.columns;
    first[1] = take(tiling_.row_tiles) * tiling_.rows;
    first[0] = take(geometry_.out[0]);
    const int64_t group = take(geometry_.groups), image = rest;
    const int64_t in = (image * geometry_.groups + group) * geometry_.in_channels;
    const int64_t out = (image * geometry_.groups + group) * geometry_.out_channels;
    auto* slab = reinterpret_cast<float*>(scratch.data());
    fns_.pack(tiling_.slab(geometry_, first, data_.x + in * geometry_.in_places(),
                           geometry_.in_channels, slab));
    const int64_t at = out * geometry_.out_places() +
                       (first[0] * geometry_.out[1] + first[1]) * geometry_.out[2] + first[2];
    const auto taps = static_cast<int64_t>(offsets_.size());
    const int64_t padded = blocks_ * fns_.rows_at_once;
    fns_.product({.weights = weights_.as<float>() + group * padded * taps,
                  .bias = bias_.data() + group * padded,
                  .slopes = data_.slopes == nullptr ? nullptr
                                                    : data_.slopes + group * geometry_.out_channels,
                  .slab = slab,
                  .offsets = offsets_.data(),
                  .taps = taps,
                  .first_block = part * blocks_a_tile_,
                  .blocks = std::min(blocks_a_tile_, blocks_ - part * blocks_a_tile_),
                  .channels = geometry_.out_channels,
                  .rows = std::min(tiling_.rows, geometry_.out[1] - first[1]),
                  .columns = std::min(tiling_.columns, geometry_.out[2] - first[2]),
                  .pitch = tiling_.columns + tiling_.column_reach,
                  .y = data_.y + at,
                  .residual = data_.residual == nullptr ? nullptr : data_.residual + at,
                  .channel_stride = geometry_.out_places(),
                  .row_stride = geometry_.out[2],
                  .epilogue = epilogue_});
  }

 private:
  // One a channel of all blocks; of those behind a group's last, zeros.
  void set_bias() {
    const int64_t channels = geometry_.out_channels, padded = blocks_ * fns_.rows_at_once;
    bias_.resize(static_cast<size_t>(geometry_.groups * padded));
    if (data_.bias == nullptr) return;
    for (int64_t g = 0; g < geometry_.groups; ++g) {
      std::copy_n(data_.bias + g * channels, channels, bias_.begin() + g * padded);
    }
  }

  const ConvFns& fns_;
  ConvGeometry geometry_;
  ConvTiling tiling_;
  std::vector<int32_t> offsets_;
  ConvData data_;
  ConvEpilogue epilogue_;
  PackedWeight weights_;
  std::vector<float> bias_;
  int64_t blocks_ = 0, blocks_a_tile_ = 0, place_tiles_ = 0, channel_tiles_ = 0;
};

}  // namespace

bool accepts_conv_product(const StepBinding& b) {
  if (!conv_takes(b)) return false;
  const ConvGeometry geometry = flat_geometry(b);
  return tiling_of(geometry, b).fits(geometry, geometry.in_channels) && conv_weights_are_finite(b);
}

std::unique_ptr<CpuStep> bind_conv_product(const StepBinding& b) {
  return std::make_unique<ConvProductStep>(b);
}

std::string_view conv_product_layout(const StepBinding& b) {
  return storable_layout(b, layout_of(b), b.attrs->as<ConvAttrs>().groups);
}

}  // namespace hone
