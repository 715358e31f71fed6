#include <algorithm>
#include <limits>

#include "backend/cpu/packed_weights.h"
#include "base/memory.h"
#include "ops/conv/cpu_geometry.h"

namespace hone {
namespace {

// Points at which transformed tiles are multiplied; a tile is 4 x 4 places of the result.
constexpr int64_t kPoints = 36, kTile = 4;
// Of fewer channels, transforming costs what it saves.
constexpr int64_t kFewestChannels = 12;
constexpr int64_t kFewestPlaces = 6;
// The transformed part of x stays in the second cache.
constexpr int64_t kMostElements = 160 * 1024;
constexpr int64_t kMostTiles = 64;

int64_t parts_of(int64_t size, int64_t part) { return (size + part - 1) / part; }
// So many floats that vectors may be loaded and stored from each of them on.
int64_t whole_vectors(int64_t size) { return parts_of(size, 16) * 16; }

// How a result is cut: into blocks of tiles, and for each of them its channels.
struct WinogradCut {
  int64_t rows = 1, columns = 1;  // tiles of a block
  int64_t channel_parts = 1;
};

class WinogradCuts {
 public:
  WinogradCuts(const ConvGeometry& g, const StepBinding& b, int64_t blocks)
      : images_(g.images),
        channels_(g.in_channels),
        blocks_(blocks),
        threads_(b.threads),
        rows_(parts_of(g.out[1], kTile)),
        columns_(parts_of(g.out[2], kTile)),
        most_(with_grain(
            b, std::clamp<int64_t>(kMostElements / (kPoints * channels_), 4, kMostTiles))) {}

  // The one that is estimated to be done first.
  WinogradCut best() const {
    WinogradCut best;
    // Four tiles side by side are stored at once.
    best.columns = std::min(columns_, std::max<int64_t>(4, most_ / 4 * 4));
    double least = std::numeric_limits<double>::infinity();
    for (int64_t rows = std::min(rows_, std::max<int64_t>(1, most_ / best.columns)); rows > 0;
         --rows) {
      for (const int64_t parts : {int64_t{1}, std::min<int64_t>(threads_, blocks_)}) {
        const WinogradCut cut{rows, best.columns, parts};
        if (const double cycles = estimate(cut); cycles < least) {
          least = cycles;
          best = cut;
        }
      }
    }
    return best;
  }

 private:
  // Cycles, as they were measured with AVX-512: of a tile, what is done once a channel of x and
  // once a block of 32 channels of the result; and of a block's weights that come from afar.
  double estimate(const WinogradCut& cut) const {
    const int64_t places = images_ * parts_of(rows_, cut.rows) * parts_of(columns_, cut.columns);
    const auto rounds = static_cast<double>(parts_of(places * cut.channel_parts, threads_));
    const auto tiles = static_cast<double>(cut.rows * cut.columns);
    const auto channels = static_cast<double>(channels_);
    const auto blocks = static_cast<double>(parts_of(blocks_, cut.channel_parts));
    return rounds *
           (tiles * (10 * channels + blocks * (300 + 36 * channels)) + blocks * channels * 36 * 8);
  }

  int64_t images_, channels_, blocks_, threads_, rows_, columns_, most_;
};

// G w G' of one filter, in double; `step` floats lie between points.
void transform_filter(const float* w, int64_t step, float* to) {
  constexpr double kHalfRoot = 0.70710678118654752440, kRoot = 1.41421356237309504880;
  constexpr double kG[6][3] = {{1, 0, 0},
                               {-1 / 1.5, -kHalfRoot / 1.5, -0.5 / 1.5},
                               {-1 / 1.5, kHalfRoot / 1.5, -0.5 / 1.5},
                               {1 / 6.0, kRoot / 6, 2 / 6.0},
                               {1 / 6.0, -kRoot / 6, 2 / 6.0},
                               {0, 0, 1}};
  double half[6][3];
  for (int i = 0; i < 6; ++i) {
    for (int j = 0; j < 3; ++j) {
      half[i][j] = kG[i][0] * static_cast<double>(w[j]) + kG[i][1] * static_cast<double>(w[3 + j]) +
                   kG[i][2] * static_cast<double>(w[6 + j]);
    }
  }
  for (int i = 0; i < 6; ++i) {
    for (int j = 0; j < 6; ++j, to += step) {
      *to =
          static_cast<float>(half[i][0] * kG[j][0] + half[i][1] * kG[j][1] + half[i][2] * kG[j][2]);
    }
  }
}

class ConvWinogradStep final : public CpuStep {
 public:
  explicit ConvWinogradStep(const StepBinding& b)
      : fns_(conv_kernels(b.isa)),
        geometry_(ConvGeometry::of(b)),
        data_(b),
        epilogue_(conv_epilogue(b)),
        blocks_(parts_of(geometry_.out_channels, fns_.channels_at_once)),
        cut_(WinogradCuts(geometry_, b, blocks_).best()),
        weights_(pack_once(b, 1, 2, "winograd", [this] { return pack(); })),
        bias_(static_cast<size_t>(blocks_ * fns_.channels_at_once)) {
    if (data_.bias != nullptr) std::copy_n(data_.bias, geometry_.out_channels, bias_.begin());
    row_tiles_ = parts_of(geometry_.out[1], cut_.rows * kTile);
    column_tiles_ = parts_of(geometry_.out[2], cut_.columns * kTile);
    blocks_a_tile_ = parts_of(blocks_, cut_.channel_parts);
    channel_tiles_ = parts_of(blocks_, blocks_a_tile_);
  }

  int64_t tiles() const override {
    return geometry_.images * row_tiles_ * column_tiles_ * channel_tiles_;
  }
  size_t scratch_bytes() const override {
    const int64_t elements = slab_elements() + kPoints * (transformed_stride() + sums_stride());
    return static_cast<size_t>(elements) * sizeof(float);
  }

  void run(int64_t tile, Scratch scratch) override {
    int64_t rest = tile;
    const auto take = [&rest](int64_t count) {
      const int64_t index = rest % count;
      rest /= count;
      return index;
    };
    const int64_t part = take(channel_tiles_);
    const int64_t column = take(column_tiles_) * cut_.columns * kTile;
    const int64_t row = take(row_tiles_) * cut_.rows * kTile;
    const ConvGeometry& g = geometry_;
    auto* memory = reinterpret_cast<float*>(scratch.data());
    float* transformed = memory + slab_elements();
    fns_.winograd({.x = data_.x + rest * g.in_channels * g.in_places(),
                   .channel_stride = g.in_places(),
                   .size = {g.in[1], g.in[2]},
                   .first = {row - g.axes[1].begin, column - g.axes[2].begin},
                   .tile_rows = std::min(cut_.rows, parts_of(g.out[1] - row, kTile)),
                   .tile_columns = std::min(cut_.columns, parts_of(g.out[2] - column, kTile)),
                   .slab = memory,
                   .plane = plane(),
                   .transformed = transformed,
                   .pitch = whole_vectors(cut_.rows * cut_.columns),
                   .transformed_stride = transformed_stride(),
                   .sums = transformed + kPoints * transformed_stride(),
                   .sums_stride = sums_stride(),
                   .product = product(rest, row, column, part)});
  }

 private:
  ConvProduct product(int64_t image, int64_t row, int64_t column, int64_t part) const {
    const ConvGeometry& g = geometry_;
    const int64_t at = image * g.out_channels * g.out_places() + row * g.out[2] + column;
    return {.weights = weights_->data(),
            .bias = bias_.data(),
            .slopes = data_.slopes,
            .slab = nullptr,
            .offsets = nullptr,
            .taps = g.in_channels,
            .first_block = part * blocks_a_tile_,
            .blocks = std::min(blocks_a_tile_, blocks_ - part * blocks_a_tile_),
            .channels = g.out_channels,
            .rows = std::min(cut_.rows * kTile, g.out[1] - row),
            .columns = std::min(cut_.columns * kTile, g.out[2] - column),
            .pitch = 0,
            .y = data_.y + at,
            .residual = data_.residual == nullptr ? nullptr : data_.residual + at,
            .channel_stride = g.out_places(),
            .row_stride = g.out[2],
            .epilogue = epilogue_};
  }

  // One row of tiles sees into the next, and vectors reach behind the last.
  int64_t plane() const { return whole_vectors((cut_.rows + 1) * cut_.columns) + 16; }
  int64_t slab_elements() const { return kTile * 6 * plane(); }
  // Not a power of two: what lies so far apart shares no set of a cache.
  int64_t transformed_stride() const {
    return geometry_.in_channels * whole_vectors(cut_.rows * cut_.columns) + 16;
  }
  int64_t sums_stride() const { return cut_.rows * cut_.columns * fns_.channels_at_once + 16; }

  // [block of channels][point][channel of x][channel of the block]; those behind the last are
  // zeros. By way of rows, for single numbers so far apart fall out of the caches before the next
  // comes beside them.
  ZeroedVector<float> pack() const {
    const int64_t block = fns_.channels_at_once, panel = geometry_.in_channels * block;
    ZeroedVector<float> packed(static_cast<size_t>(blocks_ * kPoints * panel));
    std::vector<float> rows(static_cast<size_t>(kPoints * block));
    for (int64_t b = 0; b < blocks_; ++b) {
      const int64_t channels = std::min(block, geometry_.out_channels - b * block);
      for (int64_t i = 0; i < geometry_.in_channels; ++i) {
        for (int64_t c = 0; c < channels; ++c) {
          const int64_t filter = (b * block + c) * geometry_.in_channels + i;
          transform_filter(data_.weights + filter * 9, block, rows.data() + c);
        }
        for (int64_t point = 0; point < kPoints; ++point) {
          std::copy_n(rows.data() + point * block, channels,
                      packed.data() + (b * kPoints + point) * panel + i * block);
        }
      }
    }
    return packed;
  }

  const ConvFns& fns_;
  ConvGeometry geometry_;
  ConvData data_;
  ConvEpilogue epilogue_;
  int64_t blocks_;  // of channels of the result
  WinogradCut cut_;
  std::shared_ptr<const ZeroedVector<float>> weights_;
  std::vector<float> bias_;
  int64_t row_tiles_ = 0, column_tiles_ = 0, blocks_a_tile_ = 0, channel_tiles_ = 0;
};

bool is_three_by_three(const ConvGeometry& g) {
  const auto is_plain = [](const WindowAxis& axis, int64_t kernel) {
    return axis.kernel == kernel && axis.stride == 1 && axis.dilation == 1;
  };
  return is_plain(g.axes[0], 1) && g.axes[0].begin == 0 && g.in[0] == 1 && g.out[0] == 1 &&
         is_plain(g.axes[1], 3) && is_plain(g.axes[2], 3);
}

}  // namespace

bool accepts_conv_winograd(const StepBinding& b) {
  if (!conv_takes(b)) return false;
  const ConvGeometry g = ConvGeometry::of(b);
  return g.groups == 1 && is_three_by_three(g) && g.in_channels >= kFewestChannels &&
         g.out_channels >= kFewestChannels && g.out[1] >= kFewestPlaces &&
         g.out[2] >= kFewestPlaces && conv_weights_are_finite(b);
}

std::unique_ptr<CpuStep> bind_conv_winograd(const StepBinding& b) {
  return std::make_unique<ConvWinogradStep>(b);
}

}  // namespace hone
