#include <algorithm>
#include <limits>

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

// What the lanes of a product are.
enum class Lanes { places, channels };

// So many places that all threads have tiles, but not too few for what is done once a tile; and
// where that is easily had, as many tiles for each thread.
ConvTiling tiling_of(const ConvGeometry& g, const StepBinding& b, Lanes lanes) {
  const int64_t planes = g.images * g.groups * g.out[0];
  const int64_t share = planes * g.out[1] * g.out[2] / (4 * b.threads);
  const int64_t least = lanes == Lanes::channels && g.is_pointwise() ? 48 : 192;
  const int64_t most = with_grain(b, std::clamp<int64_t>(share, least, kMostPlaces));
  const auto tiling = [&](int64_t places) {
    return ConvTiling(g, g.in_channels, places, with_grain(b, kSlabElements));
  };
  const auto is_even = [&](const ConvTiling& t) {
    return planes * t.row_tiles * t.column_tiles % b.threads == 0;
  };
  for (int64_t places = most; places > most / 2 && places >= least; places -= most / 16 + 1) {
    if (const ConvTiling even = tiling(places); is_even(even)) return even;
  }
  return tiling(most);
}

// Channels of a block: filters lie block by block, those of a group from a block's beginning on.
int64_t block_of(Isa isa, Lanes lanes) {
  const ConvSizes sizes = conv_sizes(sizes_of(isa));
  return lanes == Lanes::places ? sizes.rows_at_once : sizes.channels_at_once;
}

class ConvProductStep final : public CpuStep {
 public:
  ConvProductStep(const StepBinding& b, Lanes lanes)
      : fns_(conv_kernels(b.isa)),
        product_(lanes == Lanes::places ? fns_.product : fns_.product_channels),
        block_(block_of(b.isa, lanes)),
        geometry_(flat_geometry(b)),
        overread_(lanes == Lanes::places ? fns_.lanes_at_once : 0),
        tiling_(tiling_of(geometry_, b, lanes)),
        offsets_(padded(tiling_.offsets(geometry_, geometry_.in_channels))),
        data_(b),
        epilogue_(conv_epilogue(b)),
        weights_(b, row_panels(block_), b.operands[1].view.dims, geometry_.groups) {
    if (reads_in_place()) plane_offsets_ = padded(plane_offsets());
    blocks_ = (geometry_.out_channels + block_ - 1) / block_;
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
    const float* x = data_.x + in * geometry_.in_places();
    const int64_t columns = std::min(tiling_.columns, geometry_.out[2] - first[2]);
    const bool direct =
        !plane_offsets_.empty() && first[2] + columns + overread_ <= geometry_.in_places();
    if (direct) {
      x += first[2];
    } else {
      auto* slab = reinterpret_cast<float*>(scratch.data());
      fns_.pack(tiling_.slab(geometry_, first, x, geometry_.in_channels, slab));
      x = slab;
    }
    const int64_t at = out * geometry_.out_places() +
                       (first[0] * geometry_.out[1] + first[1]) * geometry_.out[2] + first[2];
    const int64_t padded = blocks_ * block_;
    product_({.weights = weights_.as<float>() + group * padded * taps(),
              .bias = bias_.data() + group * padded,
              .slopes =
                  data_.slopes == nullptr ? nullptr : data_.slopes + group * geometry_.out_channels,
              .slab = x,
              .offsets = direct ? plane_offsets_.data() : offsets_.data(),
              .taps = taps(),
              .first_block = part * blocks_a_tile_,
              .blocks = std::min(blocks_a_tile_, blocks_ - part * blocks_a_tile_),
              .channels = geometry_.out_channels,
              .rows = std::min(tiling_.rows, geometry_.out[1] - first[1]),
              .columns = columns,
              .pitch = tiling_.columns + tiling_.column_reach,
              .y = data_.y + at,
              .residual = data_.residual == nullptr ? nullptr : data_.residual + at,
              .channel_stride = geometry_.out_places(),
              .row_stride = geometry_.out[2],
              .epilogue = epilogue_});
  }

 private:
  int64_t taps() const { return geometry_.in_channels * geometry_.kernel_places(); }
  static std::vector<int32_t> padded(std::vector<int32_t> offsets) {
    offsets.insert(offsets.end(), kConvTapsAhead, offsets.back());
    return offsets;
  }
  // x need not be rearranged, and offsets reach all of its channels.
  bool reads_in_place() const {
    return geometry_.is_pointwise() && (geometry_.in_channels - 1) * geometry_.in_places() <=
                                           std::numeric_limits<int32_t>::max();
  }
  std::vector<int32_t> plane_offsets() const {
    std::vector<int32_t> offsets;
    for (int64_t c = 0; c < geometry_.in_channels; ++c) {
      offsets.push_back(static_cast<int32_t>(c * geometry_.in_places()));
    }
    return offsets;
  }

  // One a channel of all blocks; of those behind a group's last, zeros.
  void set_bias() {
    const int64_t channels = geometry_.out_channels, padded = blocks_ * block_;
    bias_.resize(static_cast<size_t>(geometry_.groups * padded));
    if (data_.bias == nullptr) return;
    for (int64_t g = 0; g < geometry_.groups; ++g) {
      std::copy_n(data_.bias + g * channels, channels, bias_.begin() + g * padded);
    }
  }

  const ConvFns& fns_;
  void (*product_)(const ConvProduct&);
  int64_t block_;  // channels
  ConvGeometry geometry_;
  int64_t overread_;  // what vectors of places may read behind a tile
  ConvTiling tiling_;
  std::vector<int32_t> offsets_, plane_offsets_;  // in the slab, and in x where it will do
  ConvData data_;
  ConvEpilogue epilogue_;
  PackedWeight weights_;
  std::vector<float> bias_;
  int64_t blocks_ = 0, blocks_a_tile_ = 0, place_tiles_ = 0, channel_tiles_ = 0;
};

// Channels in the lanes leave none empty, but cost a transposition for each tile, which few taps do
// not make up for. In steps of a lane: the constants are what is done once a sum.
bool prefers_channels(const StepBinding& b) {
  const ConvSizes sizes = conv_sizes(sizes_of(b.isa));
  if (sizes.channels_at_once < 32) return false;
  const ConvGeometry g = flat_geometry(b);
  const ConvTiling tiling = tiling_of(g, b, Lanes::places);
  const auto padded = [](int64_t size, int64_t to) { return (size + to - 1) / to * to; };
  const int64_t taps = g.in_channels * g.kernel_places();
  const int64_t pitch = tiling.columns + tiling.column_reach;
  const int64_t lanes = padded(tiling.rows * pitch, 16) * tiling.row_tiles * tiling.column_tiles;
  const int64_t by_channels = g.out[1] * g.out[2] * padded(g.out_channels, 16) * (taps + 24);
  const int64_t once = g.is_pointwise() ? 14 : 34;
  const int64_t by_places = lanes * padded(g.out_channels, sizes.rows_at_once) * (taps + once);
  return by_channels < by_places;
}

std::string_view layout_of(const StepBinding& b, Lanes lanes) {
  const int64_t block = block_of(b.isa, lanes);
  return storable_layout(b, row_panels(block), b.attrs->as<ConvAttrs>().groups);
}

}  // namespace

bool accepts_conv_product(const StepBinding& b) {
  if (!conv_takes(b)) return false;
  const ConvGeometry geometry = flat_geometry(b);
  return tiling_of(geometry, b, Lanes::places).fits(geometry, geometry.in_channels) &&
         conv_weights_are_finite(b);
}

bool accepts_conv_channels(const StepBinding& b) {
  return accepts_conv_product(b) && prefers_channels(b);
}

bool accepts_conv_channels_few(const StepBinding& b) {
  return accepts_conv_product(b) && !prefers_channels(b);
}

std::unique_ptr<CpuStep> bind_conv_product(const StepBinding& b) {
  return std::make_unique<ConvProductStep>(b, Lanes::places);
}

std::unique_ptr<CpuStep> bind_conv_channels(const StepBinding& b) {
  return std::make_unique<ConvProductStep>(b, Lanes::channels);
}

std::string_view conv_product_layout(const StepBinding& b) { return layout_of(b, Lanes::places); }

std::string_view conv_channels_layout(const StepBinding& b) {
  return layout_of(b, Lanes::channels);
}

}  // namespace hone
