#include <algorithm>

#include "ops/conv/cpu_geometry.h"

namespace hone {
namespace {

constexpr int64_t kTaps = 512 * 1024;  // of a tile

using DirectFn = void (*)(const ConvDirect&);

// Null: it has no function for these sizes.
DirectFn function_of(const ConvGeometry& g, Isa isa) {
  const ConvFns& fns = conv_kernels(isa);
  const WindowAxis &h = g.axes[1], &w = g.axes[2];
  if (g.out[2] < conv_sizes(sizes_of(isa)).direct_columns) return nullptr;
  if (h.kernel != w.kernel || h.stride != w.stride) return nullptr;
  if (h.dilation != 1 || w.dilation != 1) return nullptr;
  if (g.in[0] != 1 || g.kernel[0] != 1 || g.out[0] != 1) return nullptr;
  if (h.kernel == 3 && h.stride == 1) return fns.direct3;
  if (h.kernel == 3 && h.stride == 2) return fns.direct3_2;
  if (h.kernel == 5 && h.stride == 1) return fns.direct5;
  if (h.kernel == 5 && h.stride == 2) return fns.direct5_2;
  return nullptr;
}

// Each channel of the result sees one channel of x.
class ConvDirectStep final : public CpuStep {
 public:
  explicit ConvDirectStep(const StepBinding& b)
      : geometry_(ConvGeometry::of(b)),
        data_(b),
        epilogue_(conv_epilogue(b)),
        function_(function_of(geometry_, b.isa)) {
    const int64_t rows = geometry_.out[1], planes = geometry_.images * channels();
    const int64_t row_taps = geometry_.out[2] * geometry_.kernel_places();
    const int64_t work = with_grain(b, kTaps);
    const int64_t share = (planes * rows + 8 * b.threads - 1) / (8 * b.threads);
    const int64_t rows_a_tile = std::clamp<int64_t>(work / row_taps, 1, share);
    planes_a_tile_ = std::max<int64_t>(1, rows_a_tile / rows);
    rows_a_part_ = std::min(rows, (rows_a_tile + 3) / 4 * 4);
    parts_ = (rows + rows_a_part_ - 1) / rows_a_part_;
    plane_tiles_ = (planes + planes_a_tile_ - 1) / planes_a_tile_;
  }

  int64_t tiles() const override { return plane_tiles_ * parts_; }
  void run(int64_t tile, Scratch) override {
    const int64_t first = tile / parts_ * planes_a_tile_;
    const int64_t end = std::min(geometry_.images * channels(), first + planes_a_tile_);
    for (int64_t plane = first; plane < end; ++plane) run_part(plane, tile % parts_);
  }

 private:
  int64_t channels() const { return geometry_.groups * geometry_.out_channels; }

  void run_part(int64_t plane, int64_t part) {
    const auto& g = geometry_;
    const int64_t channel = plane % channels(), at = plane * g.out_places();
    ConvEpilogue epilogue = epilogue_;
    if (data_.slopes != nullptr) epilogue.low = data_.slopes[channel];
    function_({.x = data_.x + plane / g.out_channels * g.in_places(),
               .size = {g.in[1], g.in[2]},
               .begin = {g.axes[1].begin, g.axes[2].begin},
               .weights = data_.weights + channel * g.kernel_places(),
               .bias = data_.bias == nullptr ? 0.0f : data_.bias[channel],
               .first_row = part * rows_a_part_,
               .end_row = std::min(g.out[1], (part + 1) * rows_a_part_),
               .columns = g.out[2],
               .y = data_.y + at,
               .residual = data_.residual == nullptr ? nullptr : data_.residual + at,
               .epilogue = epilogue});
  }

  ConvGeometry geometry_;
  ConvData data_;
  ConvEpilogue epilogue_;
  DirectFn function_;
  int64_t planes_a_tile_ = 1, plane_tiles_ = 1;
  int64_t rows_a_part_ = 1, parts_ = 1;  // of a plane
};

}  // namespace

bool accepts_conv_direct(const StepBinding& b) {
  if (b.operands[1].view.dims[1] != 1 || !conv_takes(b)) return false;
  return function_of(ConvGeometry::of(b), b.isa) != nullptr && conv_weights_are_finite(b);
}

std::unique_ptr<CpuStep> bind_conv_direct(const StepBinding& b) {
  return std::make_unique<ConvDirectStep>(b);
}

}  // namespace hone
