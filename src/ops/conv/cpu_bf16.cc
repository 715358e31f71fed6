#include "ops/conv/cpu_bf16.h"

#include <algorithm>

#include "backend/cpu/isa_table.h"
#include "backend/cpu/packed_weights.h"
#include "base/memory.h"
#include "ops/conv/cpu_geometry.h"
#include "tensor/float.h"

namespace hone {

HONE_BF16_TABLE(ConvBf16Fns, conv_bf16_fns)
HONE_AMX_TABLE(ConvBf16TileFns, conv_bf16_tile_fns)

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

// How many pairs of channels are multiplied at a time, and in how many groups they are cut: into
// equal ones, so that few zeros fill the last.
struct PairGroups {
  int64_t pairs_at_once = 1, groups;

  PairGroups(const ConvGeometry& g, const ConvBf16TileFns* tiles)
      : groups(pairs_of(g.in_channels)) {
    if (tiles == nullptr) return;
    const int64_t pairs = groups;
    groups = (pairs + kTilePairs - 1) / kTilePairs;
    pairs_at_once = (pairs + groups - 1) / groups;
  }
  int64_t pairs() const { return groups * pairs_at_once; }

  static constexpr int64_t kTilePairs = 16;
};

class ConvBf16Step final : public CpuStep {
 public:
  // `tiles`: null, or what multiplies.
  ConvBf16Step(const StepBinding& b, const ConvBf16TileFns* tiles)
      : fns_(*conv_bf16_fns(b.isa)),
        tiles_(tiles),
        geometry_(flat_geometry(b)),
        groups_(geometry_, tiles),
        tiling_(tiling_of(geometry_, b)),
        offsets_(tiling_.offsets(geometry_, groups_.pairs())),
        data_(b),
        epilogue_(conv_epilogue(b)),
        rows_at_once_(tiles == nullptr ? fns_.rows_at_once : kTileChannels) {
    blocks_ = (geometry_.out_channels + rows_at_once_ - 1) / rows_at_once_;
    weights_ = pack_once(b, 1, 2, cat("bf16.", rows_at_once_), [this] { return pack(); });
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
    const int64_t pairs = tiling_.slab_elements(geometry_, groups_.pairs());
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
    const ConvProduct task = product(first, group, (image * geometry_.groups + group), part, slab);
    if (tiles_ == nullptr) return fns_.product(task);
    const int64_t stride = tiling_.slab_elements(geometry_, 1);
    const int64_t pairs = pairs_of(geometry_.in_channels);
    std::fill_n(slab + pairs * stride, (groups_.pairs() - pairs) * stride, 0.0f);
    tiles_->product(
        {task, geometry_.kernel_places(), groups_.groups, groups_.pairs_at_once, stride});
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
  int64_t padded() const { return blocks_ * rows_at_once_; }

  std::vector<float> padded_bias() const {
    std::vector<float> bias(static_cast<size_t>(geometry_.groups * padded() + rows_at_once_));
    const int64_t channels = data_.bias == nullptr ? 0 : geometry_.out_channels;
    for (int64_t g = 0; g < geometry_.groups; ++g) {
      std::copy_n(data_.bias + g * channels, channels, bias.data() + g * padded());
    }
    return bias;
  }

  // Weights block by block of channels, groups of pairs of taps outermost (ConvBf16Product);
  // vectors take groups of one pair. Channels beyond the last are zeros, and so is what fills a
  // group and the second of a pair where there is none.
  ZeroedVector<uint32_t> pack() const {
    const int64_t rows = rows_at_once_;
    const auto taps = static_cast<int64_t>(offsets_.size());
    ZeroedVector<uint32_t> packed(static_cast<size_t>(geometry_.groups * padded() * taps + rows));
    const int64_t filter = geometry_.in_channels * geometry_.kernel_places();
    for (int64_t i = 0; i < geometry_.groups * geometry_.out_channels; ++i) {
      const int64_t c = i % geometry_.out_channels, first = i / geometry_.out_channels * padded();
      pack_filter(data_.weights + i * filter, packed.data() + (first + c / rows * rows) * taps +
                                                  c % rows * groups_.pairs_at_once);
    }
    return packed;
  }
  void pack_filter(const float* from, uint32_t* to) const {
    const int64_t places = geometry_.kernel_places(), at_once = groups_.pairs_at_once;
    for (int64_t c = 0; c < geometry_.in_channels; c += 2, from += 2 * places) {
      const bool both = c + 1 < geometry_.in_channels;
      const int64_t pair = c / 2, group = pair / at_once;
      uint32_t* word = to + group * places * rows_at_once_ * at_once + pair % at_once;
      for (int64_t k = 0; k < places; ++k, word += rows_at_once_ * at_once) {
        const uint32_t second = both ? f32_to_bf16(from[places + k]) : 0;
        *word = second << 16 | f32_to_bf16(from[k]);
      }
    }
  }

  static constexpr int64_t kTileChannels = 16;

  const ConvBf16Fns& fns_;
  const ConvBf16TileFns* tiles_;
  ConvGeometry geometry_;
  PairGroups groups_;
  ConvTiling tiling_;
  std::vector<int32_t> offsets_;  // of pairs
  ConvData data_;
  ConvEpilogue epilogue_;
  int64_t rows_at_once_;
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
  return std::make_unique<ConvBf16Step>(b, nullptr);
}

// Of few channels most of a tile would be zeros.
bool accepts_conv_bf16_tiles(const StepBinding& b) {
  constexpr int64_t kFewestInputs = 16;
  return conv_bf16_tile_fns(b.isa) != nullptr && flat_geometry(b).in_channels >= kFewestInputs &&
         accepts_conv_bf16(b);
}

std::unique_ptr<CpuStep> bind_conv_bf16_tiles(const StepBinding& b) {
  return std::make_unique<ConvBf16Step>(b, conv_bf16_tile_fns(b.isa));
}

}  // namespace hone
