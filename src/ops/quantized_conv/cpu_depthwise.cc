#include <algorithm>

#include "ops/quantized_conv/cpu_geometry.h"

namespace hone {
namespace {

// What the kernel may see of x: rows of all depths, in fours; and columns grouped in scratch.
constexpr int64_t kMostRows = 64;
constexpr int64_t kMostGrouped = 1 << 20;

int64_t quads_of(const CodeGeometry& g) { return (g.kernel[0] * g.kernel[1] + 3) / 4; }

int64_t grouped_bytes(const CodeGeometry& g) {
  const int64_t columns =
      (g.out[2] - 1) * g.axes[2].stride + (g.kernel[2] - 1) * g.axes[2].dilation + 1;
  return columns * quads_of(g) * 64;
}

// Lanes are channels. The rows that a kernel sees are brought together once a column of x, four
// codes a lane, which the taps of all places then multiply.
class CodeDepthwiseStep final : public CpuStep {
 public:
  explicit CodeDepthwiseStep(const StepBinding& b)
      : fns_(code_kernels(b.isa)),
        g_(CodeGeometry::of(b)),
        attrs_(b.attrs->as<QuantizedConvAttrs>()),
        shifts_(b.operands[0].view.dtype, b.operands[1].view.dtype, attrs_.w_zero, fns_.bias),
        quads_(quads_of(g_)),
        blocks_((g_.groups + 15) / 16),
        x_(b.operands[0].view.as<uint8_t>()),
        x_end_(x_ + b.operands[0].view.dims.elements()),
        y_(reinterpret_cast<uint8_t*>(b.results[0].view.data)) {
    pack(b);
    rows_ = g_.images * g_.out[0] * g_.out[1];
    const int64_t work = g_.out[2] * g_.groups * g_.kernel[2] * quads_;
    rows_a_tile_ = std::max<int64_t>(1, with_grain(b, kWork) / std::max<int64_t>(1, work));
  }

  int64_t tiles() const override { return (rows_ + rows_a_tile_ - 1) / rows_a_tile_; }
  size_t scratch_bytes() const override { return static_cast<size_t>(grouped_bytes(g_)); }

  void run(int64_t tile, Scratch scratch) override {
    const int64_t first = tile * rows_a_tile_, end = std::min(first + rows_a_tile_, rows_);
    for (int64_t row = first; row < end; ++row) {
      run_row(row, reinterpret_cast<uint8_t*>(scratch.data()));
    }
  }

 private:
  // Fours of products a tile: some microseconds.
  static constexpr int64_t kWork = 1 << 16;

  void run_row(int64_t row, uint8_t* grouped) const {
    const int64_t o1 = row % g_.out[1], o0 = row / g_.out[1] % g_.out[0];
    const int64_t image = row / g_.out[1] / g_.out[0];
    const uint8_t* rows[kMostRows] = {};
    for (int64_t d = 0; d < g_.kernel[0]; ++d) {
      const int64_t in0 = o0 * g_.axes[0].stride - g_.axes[0].begin + d * g_.axes[0].dilation;
      for (int64_t h = 0; h < g_.kernel[1]; ++h) {
        const int64_t in1 = o1 * g_.axes[1].stride - g_.axes[1].begin + h * g_.axes[1].dilation;
        if (in0 < 0 || in0 >= g_.in[0] || in1 < 0 || in1 >= g_.in[1]) continue;
        rows[d * g_.kernel[1] + h] =
            x_ + ((image * g_.in[0] + in0) * g_.in[1] + in1) * g_.in[2] * g_.groups;
      }
    }
    const int64_t block_weights = g_.kernel[2] * quads_ * 64;
    for (int64_t block = 0; block < blocks_; ++block) {
      fns_.depthwise({.rows = rows,
                      .quads = quads_,
                      .pixel_stride = g_.groups,
                      .width = g_.in[2],
                      .first = -g_.axes[2].begin,
                      .stride = g_.axes[2].stride,
                      .dilation = g_.axes[2].dilation,
                      .taps = g_.kernel[2],
                      .columns = g_.out[2],
                      .channels = std::min<int64_t>(16, g_.groups - 16 * block),
                      .end = x_end_,
                      .outside = static_cast<uint8_t>(attrs_.x_zero),
                      .flip = shifts_.flip,
                      .weights = weights_.data() + block * block_weights,
                      .ones = shifts_.w_zero == 0 ? nullptr : ones_.data(),
                      .w_zero = static_cast<int32_t>(shifts_.w_zero),
                      .start = start_.data() + 16 * block,
                      .rule = scales_.rule(attrs_.y, 0),
                      .column = 16 * block,
                      .grouped = grouped,
                      .y = y_ + row * g_.out[2] * g_.groups + 16 * block});
      for (const uint8_t*& one : rows) one = one == nullptr ? nullptr : one + 16;
    }
  }

  void pack(const StepBinding& b) {
    const auto* weights = b.operands[1].view.as<uint8_t>();
    const int32_t* bias = b.operands[3].view.as<int32_t>();
    const int64_t taps = g_.kernel_places(), columns = g_.kernel[2];
    weights_.resize(static_cast<size_t>(blocks_ * columns * quads_ * 64));
    ones_.resize(static_cast<size_t>(columns * quads_ * 64));
    start_.resize(static_cast<size_t>(blocks_ * 16));
    scales_ = CodeScales(b.operands[2].view.dtype, blocks_ * 16);
    for (int64_t c = 0; c < g_.groups; ++c) {
      int64_t sum = 0;
      for (int64_t k = 0; k < taps; ++k) {
        const auto code = static_cast<int8_t>(*weights++ ^ shifts_.weight_flip);
        const int64_t row = k / columns;
        const int64_t inside = (k % columns * quads_ + row / 4) * 64 + c % 16 * 4 + row % 4;
        weights_[static_cast<size_t>(c / 16 * columns * quads_ * 64 + inside)] = code;
        ones_[static_cast<size_t>(inside)] = 1;
        sum += code;
      }
      // The sum of ones is of shifted codes.
      const int64_t own = shifts_.w_zero * shifts_.shift * taps;
      start_[static_cast<size_t>(c)] =
          shifts_.start((bias == nullptr ? 0 : bias[c]) + own, sum, attrs_.x_zero, taps);
      scales_.set(c, b.operands[2].view, c);
    }
  }

  const CodeFns& fns_;
  CodeGeometry g_;
  QuantizedConvAttrs attrs_;
  CodeShifts shifts_;
  int64_t quads_, blocks_;
  const uint8_t *x_, *x_end_;
  uint8_t* y_;
  std::vector<int8_t> weights_, ones_;
  std::vector<int32_t> start_;
  CodeScales scales_;
  int64_t rows_ = 0, rows_a_tile_ = 0;
};

}  // namespace

bool accepts_code_depthwise(const StepBinding& b) {
  if (!accepts_code_product(b)) return false;
  const CodeGeometry g = CodeGeometry::of(b);
  return g.is_depthwise() && 4 * quads_of(g) <= kMostRows && g.kernel[2] <= kMostRows &&
         g.axes[2].stride <= kMostRows && g.axes[2].dilation <= kMostRows &&
         grouped_bytes(g) <= kMostGrouped;
}

std::unique_ptr<CpuStep> bind_code_depthwise(const StepBinding& b) {
  return std::make_unique<CodeDepthwiseStep>(b);
}

}  // namespace hone
