#include "ops/conv/cpu_bf16.h"

#include <algorithm>

#include "backend/cpu/isa_table.h"
#include "backend/cpu/packed_weights.h"
#include "base/memory.h"
#include "ops/conv/cpu_geometry.h"
#include "tensor/float.h"

namespace hone {

HONE_BF16_TABLE(ConvBf16Fns, conv_bf16_fns)

namespace {

// As of the f32 product, in pairs: half as many bytes, so that more places may share them.
constexpr int64_t kSlabPairs = 64 * 1024;
constexpr int64_t kMostPlaces = 960;
constexpr int64_t kFewestChannels = 32;

int64_t pairs_of(int64_t channels) { return (channels + 1) / 2; }

ConvGeometry flat_geometry(const StepBinding& b) {
  ConvGeometry geometry = ConvGeometry::of(b);
  geometry.flatten_pointwise();
  return geometry;
}

ConvTiling tiling_of(const ConvGeometry& g, const StepBinding& b) {
  const int64_t planes = g.images * g.groups * g.out[0];
  const int64_t share = planes * g.out[1] * g.out[2] / (4 * b.threads);
  const int64_t places = std::clamp<int64_t>(share, 192, kMostPlaces);
  return ConvTiling(g, pairs_of(g.in_channels), with_grain(b, places), with_grain(b, kSlabPairs));
}

class ConvBf16Step final : public CpuStep {
 public:
  explicit ConvBf16Step(const StepBinding& b)
      : fns_(*conv_bf16_fns(b.isa)),
        geometry_(flat_geometry(b)),
        tiling_(tiling_of(geometry_, b)),
        offsets_(tiling_.offsets(geometry_, pairs_of(geometry_.in_channels))),
        data_(b),
        epilogue_(conv_epilogue(b)) {
    blocks_ = (geometry_.out_channels + fns_.rows_at_once - 1) / fns_.rows_at_once;
    weights_ = pack_once(b, 1, 2, "bf16", [this] { return pack(); });
    bias_ = padded_bias();
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
    const int64_t pairs = tiling_.slab_elements(geometry_, pairs_of(geometry_.in_channels));
    return static_cast<size_t>(pairs + fns_.lanes_at_once) * sizeof(float);
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
    auto* slab = reinterpret_cast<float*>(scratch.data());
    fns_.pack(tiling_.slab(geometry_, first, data_.x + in * geometry_.in_places(),
                           geometry_.in_channels, slab));
    fns_.product(product(first, group, (image * geometry_.groups + group), part, slab));
  }

 private:
  ConvProduct product(const std::array<int64_t, 3>& first, int64_t group, int64_t group_of_all,
                      int64_t part, const float* slab) const {
    const auto& g = geometry_;
    const int64_t at = group_of_all * g.out_channels * g.out_places() +
                       (first[0] * g.out[1] + first[1]) * g.out[2] + first[2];
    const auto taps = static_cast<int64_t>(offsets_.size());
    const auto* weights = reinterpret_cast<const float*>(weights_->data());
    return {.weights = weights + group * padded() * taps,
            .bias = bias_.data() + group * padded(),
            .slopes = data_.slopes == nullptr ? nullptr : data_.slopes + group * g.out_channels,
            .slab = slab,
            .offsets = offsets_.data(),
            .taps = taps,
            .first_block = part * blocks_a_tile_,
            .blocks = std::min(blocks_a_tile_, blocks_ - part * blocks_a_tile_),
            .channels = g.out_channels,
            .rows = std::min(tiling_.rows, g.out[1] - first[1]),
            .columns = std::min(tiling_.columns, g.out[2] - first[2]),
            .pitch = tiling_.columns + tiling_.column_reach,
            .y = data_.y + at,
            .residual = data_.residual == nullptr ? nullptr : data_.residual + at,
            .channel_stride = g.out_places(),
            .row_stride = g.out[2],
            .epilogue = epilogue_};
  }

  // Channels of a group's blocks.
  int64_t padded() const { return blocks_ * fns_.rows_at_once; }

  std::vector<float> padded_bias() const {
    std::vector<float> bias(static_cast<size_t>(geometry_.groups * padded() + fns_.rows_at_once));
    const int64_t channels = data_.bias == nullptr ? 0 : geometry_.out_channels;
    for (int64_t g = 0; g < geometry_.groups; ++g) {
      std::copy_n(data_.bias + g * channels, channels, bias.data() + g * padded());
    }
    return bias;
  }

  // Weights block by block of channels, pairs of taps outermost; channels beyond the last are
  // zeros, and so is the second of a pair where there is none.
  ZeroedVector<uint32_t> pack() const {
    const int64_t rows = fns_.rows_at_once;
    const auto taps = static_cast<int64_t>(offsets_.size());
    ZeroedVector<uint32_t> packed(static_cast<size_t>(geometry_.groups * padded() * taps + rows));
    const int64_t filter = geometry_.in_channels * geometry_.kernel_places();
    for (int64_t i = 0; i < geometry_.groups * geometry_.out_channels; ++i) {
      const int64_t c = i % geometry_.out_channels, first = i / geometry_.out_channels * padded();
      pack_filter(data_.weights + i * filter, rows,
                  packed.data() + (first + c / rows * rows) * taps + c % rows);
    }
    return packed;
  }
  void pack_filter(const float* from, int64_t step, uint32_t* to) const {
    const int64_t places = geometry_.kernel_places();
    for (int64_t c = 0; c < geometry_.in_channels; c += 2, from += 2 * places) {
      const bool both = c + 1 < geometry_.in_channels;
      for (int64_t k = 0; k < places; ++k, to += step) {
        const uint32_t second = both ? f32_to_bf16(from[places + k]) : 0;
        *to = second << 16 | f32_to_bf16(from[k]);
      }
    }
  }

  const ConvBf16Fns& fns_;
  ConvGeometry geometry_;
  ConvTiling tiling_;
  std::vector<int32_t> offsets_;  // of pairs
  ConvData data_;
  ConvEpilogue epilogue_;
  std::shared_ptr<const ZeroedVector<uint32_t>> weights_;
  std::vector<float> bias_;
  int64_t blocks_ = 0, blocks_a_tile_ = 0, place_tiles_ = 0, channel_tiles_ = 0;
};

}  // namespace

// A single channel has no neighbor; few places are a matter of how fast weights are read, which the
// dot products of f32 do as they lie.
bool accepts_conv_bf16(const StepBinding& b) {
  if (!multiplies_bf16(b.isa) || !conv_takes(b)) return false;
  const ConvGeometry geometry = flat_geometry(b);
  return geometry.in_channels > 1 &&
         tiling_of(geometry, b).fits(geometry, pairs_of(geometry.in_channels)) &&
         !accepts_conv_dots(b) && conv_weights_are_finite(b);
}

std::unique_ptr<CpuStep> bind_conv_bf16(const StepBinding& b) {
  return std::make_unique<ConvBf16Step>(b);
}

}  // namespace hone
