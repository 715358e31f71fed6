#include <algorithm>
#include <cstring>

#include "backend/cpu/packed_weights.h"
#include "ops/quantized_conv/cpu_geometry.h"
#include "tensor/layout/codes.h"

namespace hone {
namespace {

// Of x that a tile sees: it stays in the second cache beside the weights.
constexpr int64_t kSlabBytes = 256 * 1024;
constexpr double kMostSlab = 1024 * 1024;
constexpr double kFewestSlabProducts = 1 << 22;
constexpr int64_t kFewestSlabBlocks = 4;
constexpr int64_t kTileRegisterDepth = 64;

std::string_view slab_layout_of(const StepBinding& b) {
  return code_layout(b.operands[1].view.dtype, CodeOrder::rows);
}

CodeShifts shifts_of(const StepBinding& b) {
  return code_tile_shifts(b.operands[0].view.dtype, b.operands[1].view.dtype,
                          b.attrs->as<QuantizedConvAttrs>().w_zero);
}

// How rows of x stand in a slab: with their padding, so that every tap is a constant distance from
// its place. Places count on through the padding, whose results are left out.
struct CodeSlab {
  int64_t pitch, reach;  // columns of x; rows that taps see beyond a place's own
  int64_t pieces, step;  // of the channels of a tap, as tiles take them

  explicit CodeSlab(const CodeGeometry& g)
      : pitch(g.out[2] + (g.kernel[2] - 1) * g.axes[2].dilation),
        reach((g.kernel[1] - 1) * g.axes[1].dilation),
        pieces((g.in_channels + kTileRegisterDepth - 1) / kTileRegisterDepth) {
    while (g.in_channels % pieces != 0 || g.in_channels / pieces % 4 != 0) ++pieces;
    step = g.in_channels / pieces;
  }
  int64_t row_bytes(const CodeGeometry& g) const { return pitch * g.in_channels; }
};

// A convolution as a sum of matrix products, one a tap: nothing is copied more than once.
class CodeSlabStep final : public CpuStep {
 public:
  explicit CodeSlabStep(const StepBinding& b)
      : product_(code_tile_kernels(b.isa)->product),
        g_(CodeGeometry::of(b)),
        slab_(g_),
        attrs_(b.attrs->as<QuantizedConvAttrs>()),
        x_signed_(b.operands[0].view.dtype == DType::i8),
        x_(b.operands[0].view.as<uint8_t>()),
        y_(reinterpret_cast<uint8_t*>(b.results[0].view.data)),
        weights_(b, slab_layout_of(b), b.operands[1].view.dims),
        panels_(CodePanels::of(weights_.dims(), CodeOrder::rows)),
        columns_(b, g_, shifts_of(b), panels_.blocks,
                 weights_.as<int32_t>() + panels_.code_bytes() / 4) {
    for (int64_t h = 0; h < g_.kernel[1]; ++h) {
      for (int64_t w = 0; w < g_.kernel[2]; ++w) {
        const int64_t place = h * g_.axes[1].dilation * slab_.pitch + w * g_.axes[2].dilation;
        for (int64_t i = 0; i < slab_.pieces; ++i) {
          offsets_.push_back(place * g_.in_channels + i * slab_.step);
        }
      }
    }
    set_tiles(b);
  }

  int64_t tiles() const override { return g_.images * row_tiles_ * column_tiles_; }
  size_t scratch_bytes() const override {
    return static_cast<size_t>((rows_ + slab_.reach) * slab_.row_bytes(g_));
  }

  void run(int64_t tile, Scratch scratch) override {
    const int64_t part = tile % column_tiles_, image = tile / column_tiles_ / row_tiles_;
    const int64_t row = tile / column_tiles_ % row_tiles_ * rows_;
    const int64_t rows = std::min(rows_, g_.out[1] - row);
    auto* slab = reinterpret_cast<uint8_t*>(scratch.data());
    fill(image, row - g_.axes[1].begin, rows + slab_.reach, slab);
    const int64_t place = image * g_.out_places() + row * g_.out[2];
    product_({.x = slab,
              .x_stride = g_.in_channels,
              .rows = (rows - 1) * slab_.pitch + g_.out[2],
              .weights = weights_.as<int8_t>(),
              .depth = panels_.depth,
              .first_block = part * blocks_a_tile_,
              .blocks = std::min(blocks_a_tile_, panels_.blocks - part * blocks_a_tile_),
              .columns = g_.out_channels,
              .start = columns_.start(0),
              .row_terms = nullptr,
              .flip = 0,
              .rule = columns_.rule(attrs_.y, 0),
              .y = y_ + place * g_.out_channels,
              .sums = nullptr,
              .y_stride = g_.out_channels,
              .depth_step = slab_.step,
              .tails = nullptr,
              .x_signed = x_signed_,
              .offsets = offsets_.data(),
              .pitch = slab_.pitch,
              .real = g_.out[2]});
  }

 private:
  void set_tiles(const StepBinding& b) {
    const double products = static_cast<double>(g_.images * g_.out_places()) *
                            static_cast<double>(panels_.depth * g_.out_channels);
    const auto wanted =
        static_cast<int64_t>(std::clamp(products / kFewestSlabProducts, 1.0, 4.0 * b.threads));
    const int64_t most =
        std::max<int64_t>(1, with_grain(b, kSlabBytes) / slab_.row_bytes(g_) - slab_.reach);
    const int64_t share = with_grain(b, (g_.images * g_.out[1] + wanted - 1) / wanted);
    rows_ = std::min({most, share, g_.out[1]});
    row_tiles_ = (g_.out[1] + rows_ - 1) / rows_;
    const int64_t parts =
        std::clamp<int64_t>(wanted / (row_tiles_ * g_.images), 1,
                            std::max<int64_t>(1, panels_.blocks / kFewestSlabBlocks));
    blocks_a_tile_ = (panels_.blocks + parts - 1) / parts;
    column_tiles_ = (panels_.blocks + blocks_a_tile_ - 1) / blocks_a_tile_;
  }

  // Rows [first, first + count) of an image, which may lie outside.
  void fill(int64_t image, int64_t first, int64_t count, uint8_t* to) const {
    const int64_t channels = g_.in_channels, begin = g_.axes[2].begin;
    const int64_t from = std::clamp<int64_t>(begin, 0, slab_.pitch);
    const int64_t end = std::clamp(g_.in[2] + begin, from, slab_.pitch);
    const auto pad = [&](uint8_t* p, int64_t columns) {
      std::memset(p, static_cast<uint8_t>(attrs_.x_zero), static_cast<size_t>(columns * channels));
    };
    for (int64_t row = first; row < first + count; ++row, to += slab_.row_bytes(g_)) {
      if (row < 0 || row >= g_.in[1]) {
        pad(to, slab_.pitch);
        continue;
      }
      const int64_t place = (image * g_.in[1] + row) * g_.in[2] + from - begin;
      pad(to, from);
      std::memcpy(to + from * channels, x_ + place * channels,
                  static_cast<size_t>((end - from) * channels));
      pad(to + end * channels, slab_.pitch - end);
    }
  }

  void (*product_)(const CodeProduct&);
  CodeGeometry g_;
  CodeSlab slab_;
  QuantizedConvAttrs attrs_;
  bool x_signed_;
  const uint8_t* x_;
  uint8_t* y_;
  PackedWeight weights_;
  CodePanels panels_;
  CodeColumns columns_;
  std::vector<int64_t> offsets_;
  int64_t rows_ = 0, row_tiles_ = 0, blocks_a_tile_ = 0, column_tiles_ = 0;
};

// In cycles a place, by what was measured: a product of tiles takes one a row and block, and a row
// of codes costs one for each eight bytes that are copied.
bool is_faster_in_slabs(const CodeGeometry& g, const CodeSlab& slab) {
  const auto blocks = static_cast<double>((g.out_channels + kCodeColumns - 1) / kCodeColumns);
  const auto taps = static_cast<double>(g.kernel_places());
  const double waste = static_cast<double>(slab.pitch) / static_cast<double>(g.out[2]);
  const auto pieces = static_cast<double>((g.taps() + kTileRegisterDepth - 1) / kTileRegisterDepth);
  return waste * taps * static_cast<double>(slab.pieces) * blocks <
         pieces * blocks + static_cast<double>(g.taps()) / 8;
}

}  // namespace

// Two axes of stride 1, all channels together.
bool accepts_code_slabs(const StepBinding& b) {
  if (!accepts_code_tiles(b) || shifts_of(b).w_zero != 0) return false;
  const CodeGeometry g = CodeGeometry::of(b);
  if (g.groups != 1 || g.in_channels % 4 != 0 || g.kernel_places() < 2) return false;
  if (g.kernel[0] != 1 || g.in[0] != 1 || g.out[0] != 1) return false;
  if (g.axes[1].stride != 1 || g.axes[2].stride != 1) return false;
  const CodeSlab slab(g);
  // Dilations and padding may be of any size.
  const double bytes = static_cast<double>(slab.reach + 1) * static_cast<double>(slab.pitch) *
                       static_cast<double>(g.in_channels);
  return bytes <= kMostSlab && is_faster_in_slabs(g, slab);
}

std::unique_ptr<CpuStep> bind_code_slabs(const StepBinding& b) {
  return std::make_unique<CodeSlabStep>(b);
}

}  // namespace hone
