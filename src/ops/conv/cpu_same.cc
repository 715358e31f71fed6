#include <algorithm>

#include "ops/conv/cpu_geometry.h"

namespace hone {
namespace {

// Wider rows fill the lanes by themselves.
constexpr int64_t kMostColumns = 32;

bool keeps_size(const WindowAxis& axis, int64_t kernel) {
  return axis.kernel == kernel && axis.stride == 1 && axis.dilation == 1 &&
         axis.begin == kernel / 2 && axis.end == kernel / 2;
}

// Each channel of the result sees one channel of x, which is of its size.
class ConvSameStep final : public CpuStep {
 public:
  explicit ConvSameStep(const StepBinding& b)
      : geometry_(ConvGeometry::of(b)),
        data_(b),
        epilogue_(conv_epilogue(b)),
        kernel_(geometry_.kernel[2] == 3 ? conv_kernels(b.isa).same3 : conv_kernels(b.isa).same5),
        column_(static_cast<size_t>((geometry_.out_places() + 15) / 16 * 16)) {
    for (size_t i = 0; i < column_.size(); ++i) {
      column_[i] = static_cast<float>(static_cast<int64_t>(i) % geometry_.out[2]);
    }
    planes_ = geometry_.images * channels();
    const int64_t taps = geometry_.out_places() * geometry_.kernel_places();
    const int64_t share = (planes_ + 4 * b.threads - 1) / (4 * b.threads);
    planes_a_tile_ = std::clamp<int64_t>(kTaps / taps, 1, share);
  }

  int64_t tiles() const override { return (planes_ + planes_a_tile_ - 1) / planes_a_tile_; }
  void run(int64_t tile, Scratch) override {
    const int64_t end = std::min(planes_, (tile + 1) * planes_a_tile_);
    for (int64_t plane = tile * planes_a_tile_; plane < end; ++plane) run_plane(plane);
  }

 private:
  static constexpr int64_t kTaps = 512 * 1024;  // of a tile

  int64_t channels() const { return geometry_.groups * geometry_.out_channels; }

  void run_plane(int64_t plane) {
    const int64_t channel = plane % channels(), at = plane * geometry_.out_places();
    ConvEpilogue epilogue = epilogue_;
    if (data_.slopes != nullptr) epilogue.low = data_.slopes[channel];
    kernel_({.x = data_.x + plane / geometry_.out_channels * geometry_.in_places(),
             .weights = data_.weights + channel * geometry_.kernel_places(),
             .column = column_.data(),
             .bias = data_.bias == nullptr ? 0.0f : data_.bias[channel],
             .places = geometry_.out_places(),
             .columns = geometry_.out[2],
             .y = data_.y + at,
             .residual = data_.residual == nullptr ? nullptr : data_.residual + at,
             .epilogue = epilogue});
  }

  ConvGeometry geometry_;
  ConvData data_;
  ConvEpilogue epilogue_;
  void (*kernel_)(const ConvSame&);
  std::vector<float> column_;  // of each place
  int64_t planes_ = 0, planes_a_tile_ = 1;
};

bool keeps_size(const StepBinding& b) {
  if (b.operands[1].view.dims[1] != 1 || !conv_takes(b)) return false;
  const ConvGeometry g = ConvGeometry::of(b);
  const int64_t kernel = g.kernel[2];
  return g.in[0] == 1 && g.kernel[0] == 1 && g.out[0] == 1 && (kernel == 3 || kernel == 5) &&
         keeps_size(g.axes[1], kernel) && keeps_size(g.axes[2], kernel) &&
         conv_weights_are_finite(b);
}

}  // namespace

bool accepts_conv_same(const StepBinding& b) {
  return b.results[0].view.dims.back() <= kMostColumns && keeps_size(b);
}

bool accepts_conv_same_wide(const StepBinding& b) {
  return b.results[0].view.dims.back() > kMostColumns && keeps_size(b);
}

std::unique_ptr<CpuStep> bind_conv_same(const StepBinding& b) {
  return std::make_unique<ConvSameStep>(b);
}

}  // namespace hone
