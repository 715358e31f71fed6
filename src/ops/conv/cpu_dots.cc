#include <algorithm>

#include "ops/conv/cpu_geometry.h"

namespace hone {
namespace {

constexpr int64_t kMostPlaces = 16;
// Multiplications of a tile: some microseconds, beside which sharing them out is little.
constexpr int64_t kProductsATile = 64 * 1024;

// What few places see is gathered into rows. The weights are read as they are.
class ConvDotsStep final : public CpuStep {
 public:
  explicit ConvDotsStep(const StepBinding& b)
      : fns_(conv_kernels(b.isa)),
        geometry_(ConvGeometry::of(b)),
        data_(b),
        epilogue_(conv_epilogue(b)),
        places_(geometry_.out_places()),
        taps_(geometry_.in_channels * geometry_.kernel_places()) {
    const int64_t channels = geometry_.out_channels;
    const int64_t share = (channels + 4 * b.threads - 1) / (4 * b.threads);
    channels_a_tile_ = std::clamp<int64_t>(kProductsATile / (places_ * taps_) + 1,
                                           std::min(share, channels), channels);
    channel_tiles_ = (channels + channels_a_tile_ - 1) / channels_a_tile_;
  }

  int64_t tiles() const override { return geometry_.images * geometry_.groups * channel_tiles_; }
  size_t scratch_bytes() const override {
    return static_cast<size_t>(places_ * taps_) * sizeof(float);
  }

  void run(int64_t tile, Scratch scratch) override {
    const int64_t group = tile / channel_tiles_;  // of all images
    const int64_t first = tile % channel_tiles_ * channels_a_tile_;
    auto* rows = reinterpret_cast<float*>(scratch.data());
    const float* x = data_.x + group * geometry_.in_channels * geometry_.in_places();
    for (int64_t p = 0; p < places_; ++p) gather(x, p, rows + p * taps_);
    const int64_t channel = group % geometry_.groups * geometry_.out_channels + first;
    const int64_t at = (group * geometry_.out_channels + first) * places_;
    fns_.dots({.weights = data_.weights + channel * taps_,
               .rows = rows,
               .bias = data_.bias == nullptr ? nullptr : data_.bias + channel,
               .slopes = data_.slopes == nullptr ? nullptr : data_.slopes + channel,
               .channels = std::min(channels_a_tile_, geometry_.out_channels - first),
               .taps = taps_,
               .places = places_,
               .y = data_.y + at,
               .residual = data_.residual == nullptr ? nullptr : data_.residual + at,
               .epilogue = epilogue_});
  }

 private:
  // What a place sees, channel by channel.
  void gather(const float* x, int64_t place, float* to) const {
    const auto& g = geometry_;
    std::array<int64_t, 3> origin;
    for (size_t a = 3; a-- > 0; place /= g.out[a]) {
      origin[a] = place % g.out[a] * g.axes[a].stride - g.axes[a].begin;
    }
    for (int64_t c = 0; c < g.in_channels; ++c, x += g.in_places()) {
      for (int64_t d = 0; d < g.kernel[0]; ++d) {
        const int64_t at0 = origin[0] + d * g.axes[0].dilation;
        for (int64_t h = 0; h < g.kernel[1]; ++h, to += g.kernel[2]) {
          const int64_t at1 = origin[1] + h * g.axes[1].dilation;
          if (at0 < 0 || at0 >= g.in[0] || at1 < 0 || at1 >= g.in[1]) {
            std::fill_n(to, g.kernel[2], 0.0f);
          } else {
            gather_columns(x + (at0 * g.in[1] + at1) * g.in[2], origin[2], to);
          }
        }
      }
    }
  }
  void gather_columns(const float* row, int64_t at, float* to) const {
    const int64_t taps = geometry_.kernel[2], step = geometry_.axes[2].dilation;
    const int64_t columns = geometry_.in[2];
    if (step == 1 && at >= 0 && at + taps <= columns) {
      std::copy_n(row + at, taps, to);
      return;
    }
    for (int64_t k = 0; k < taps; ++k, at += step) to[k] = at >= 0 && at < columns ? row[at] : 0.0f;
  }

  const ConvFns& fns_;
  ConvGeometry geometry_;
  ConvData data_;
  ConvEpilogue epilogue_;
  int64_t places_, taps_;
  int64_t channels_a_tile_ = 0, channel_tiles_ = 0;
};

}  // namespace

// So few places leave most lanes of a product empty, which costs a channel as many steps as it has
// taps; a dot product costs a sixteenth of them, and as much as 40 for the sum of its lanes.
bool accepts_conv_dots(const StepBinding& b) {
  if (!conv_takes(b)) return false;
  const ConvGeometry g = ConvGeometry::of(b);
  const int64_t places = g.out_places(), taps = g.in_channels * g.kernel_places();
  if (places > kMostPlaces) return false;
  const bool pays = places * (taps + 40 * 16) < 16 * taps || !accepts_conv_product(b);
  return pays && conv_weights_are_finite(b);
}

std::unique_ptr<CpuStep> bind_conv_dots(const StepBinding& b) {
  return std::make_unique<ConvDotsStep>(b);
}

}  // namespace hone
