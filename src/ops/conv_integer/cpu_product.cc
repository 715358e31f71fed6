#include <algorithm>
#include <array>
#include <cstring>

#include "ops/conv_integer/cpu.h"
#include "ops/conv_integer/op.h"
#include "ops/quantized_conv/cpu_geometry.h"

namespace hone {
namespace {

// What a tile's rows of codes, and its sums, may take.
constexpr int64_t kTileBytes = 128 * 1024;

int64_t code_of(const View& view, int64_t i) {
  const auto byte = view.as<uint8_t>()[i];
  return view.dtype == DType::i8 ? static_cast<int64_t>(static_cast<int8_t>(byte)) : byte;
}

// Channels come second: each place's codes are gathered to a row, and the products, channels last,
// are put where they belong.
class ConvIntegerProductStep final : public CpuStep {
 public:
  explicit ConvIntegerProductStep(const StepBinding& b)
      : fns_(code_kernels(b.isa)),
        x_(b.operands[0].view),
        x_zero_(b.operands[2].view),
        groups_(b.attrs->as<ConvIntegerAttrs>().groups),
        shifts_(x_.dtype, b.operands[1].view.dtype,
                b.operands[3].present() ? code_of(b.operands[3].view, 0) : 0, fns_.bias),
        bias_(b.operands[4].view.as<int32_t>()),
        y_(b.results[0].view.as<int32_t>()) {
    const Dims& w = b.operands[1].view.dims;
    in_channels_ = w[1];
    out_channels_ = w[0] / groups_;
    set_axes(b);
    taps_ = in_channels_ * kernel_[0] * kernel_[1] * kernel_[2];
    pack(b.operands[1].view.as<uint8_t>());
    const int64_t a_row = packed_[0].depth() + packed_[0].blocks() * 16 * 4;
    const int64_t places = out_[0] * out_[1] * out_[2];
    rows_ = std::clamp<int64_t>(kTileBytes / a_row, 1, places);
    row_tiles_ = (places + rows_ - 1) / rows_;
  }

  int64_t tiles() const override { return x_.dims[0] * groups_ * row_tiles_; }
  size_t scratch_bytes() const override {
    const int64_t columns = packed_[0].blocks() * 16;
    const int64_t numbers = columns + rows_ + rows_ * columns;
    return static_cast<size_t>(numbers * 4 + rows_ * packed_[0].depth());
  }

  void run(int64_t tile, Scratch scratch) override {
    const int64_t part = tile % row_tiles_, group = tile / row_tiles_ % groups_;
    const int64_t image = tile / row_tiles_ / groups_, places = out_[0] * out_[1] * out_[2];
    const int64_t first = part * rows_, rows = std::min(rows_, places - first);
    const PackedCodes& packed = packed_[static_cast<size_t>(group)];
    const int64_t columns = packed.blocks() * 16;
    auto* start = reinterpret_cast<int32_t*>(scratch.data());
    int32_t *terms = start + columns, *sums = terms + rows_;
    auto* codes = reinterpret_cast<uint8_t*>(sums + rows_ * columns);
    const int64_t zero = x_zero_.data == nullptr ? 0 : code_of(x_zero_, 0);
    for (int64_t c = 0; c < out_channels_; ++c) {
      const int64_t channel = group * out_channels_ + c;
      start[c] = shifts_.start(bias_ == nullptr ? 0 : bias_[channel],
                               weight_sums_[static_cast<size_t>(channel)], zero, taps_);
    }
    std::fill(start + out_channels_, start + columns, 0);
    const int64_t plane = in_[0] * in_[1] * in_[2];
    const uint8_t* x = x_.as<uint8_t>() + (image * groups_ + group) * in_channels_ * plane;
    for (int64_t r = 0; r < rows; ++r) {
      gather(x, first + r, static_cast<uint8_t>(zero), codes + r * packed.depth());
      if (shifts_.w_zero != 0) terms[r] = row_term(codes + r * packed.depth());
    }
    fns_.product({.x = codes,
                  .x_stride = packed.depth(),
                  .rows = rows,
                  .weights = packed.data(),
                  .depth = packed.depth(),
                  .first_block = 0,
                  .blocks = packed.blocks(),
                  .columns = columns,
                  .start = start,
                  .row_terms = shifts_.w_zero != 0 ? terms : nullptr,
                  .flip = shifts_.flip,
                  .rule = {},
                  .y = nullptr,
                  .sums = sums,
                  .y_stride = columns});
    int32_t* y = y_ + (image * groups_ + group) * out_channels_ * places + first;
    for (int64_t c = 0; c < out_channels_; ++c, y += places) {
      for (int64_t r = 0; r < rows; ++r) y[r] = sums[r * columns + c];
    }
  }

 private:
  void set_axes(const StepBinding& b) {
    const Dims &x = x_.dims, &w = b.operands[1].view.dims, &y = b.results[0].view.dims;
    const size_t spatial = x.rank() - 2, front = 3 - spatial;
    const Shape sizes = x.shape();
    const auto found = window_axes(b.attrs->as<ConvIntegerAttrs>().window,
                                   std::span(sizes).subspan(2), w.sizes().subspan(2));
    axes_.fill({1, 1, 1, 0, 0});
    in_.fill(1);
    out_.fill(1);
    kernel_.fill(1);
    for (size_t i = 0; i < spatial; ++i) {
      axes_[front + i] = (*found)[i];
      in_[front + i] = x[2 + i];
      out_[front + i] = y[2 + i];
      kernel_[front + i] = w[2 + i];
    }
  }

  void pack(const uint8_t* weights) {
    for (int64_t group = 0; group < groups_; ++group) {
      PackedCodes packed(out_channels_, taps_);
      for (int64_t c = 0; c < out_channels_; ++c) {
        int64_t sum = 0;
        for (int64_t k = 0; k < taps_; ++k) {
          const auto code = static_cast<int8_t>(*weights++ ^ shifts_.weight_flip);
          packed.set(c, k, code);
          sum += code;
        }
        weight_sums_.push_back(sum);
      }
      packed_.push_back(std::move(packed));
    }
  }

  // What a place of the result sees, channel by channel.
  void gather(const uint8_t* x, int64_t place, uint8_t outside, uint8_t* to) const {
    std::array<int64_t, 3> origin;
    for (size_t a = 3; a-- > 0; place /= out_[a]) {
      origin[a] = place % out_[a] * axes_[a].stride - axes_[a].begin;
    }
    const int64_t step = axes_[2].dilation;
    const bool whole = origin[2] >= 0 && origin[2] + (kernel_[2] - 1) * step < in_[2];
    for (int64_t c = 0; c < in_channels_; ++c, x += in_[0] * in_[1] * in_[2]) {
      for (int64_t d = 0; d < kernel_[0]; ++d) {
        const int64_t at0 = origin[0] + d * axes_[0].dilation;
        for (int64_t h = 0; h < kernel_[1]; ++h, to += kernel_[2]) {
          const int64_t at1 = origin[1] + h * axes_[1].dilation;
          if (at0 < 0 || at0 >= in_[0] || at1 < 0 || at1 >= in_[1]) {
            std::memset(to, outside, static_cast<size_t>(kernel_[2]));
            continue;
          }
          const uint8_t* row = x + (at0 * in_[1] + at1) * in_[2];
          int64_t at = origin[2];
          for (int64_t k = 0; k < kernel_[2]; ++k, at += step) {
            to[k] = whole || (at >= 0 && at < in_[2]) ? row[at] : outside;
          }
        }
      }
    }
  }

  int32_t row_term(const uint8_t* row) const {
    int64_t sum = 0;
    for (int64_t k = 0; k < taps_; ++k) {
      sum += x_.dtype == DType::i8 ? static_cast<int64_t>(static_cast<int8_t>(row[k])) : row[k];
    }
    return static_cast<int32_t>(static_cast<uint32_t>(-shifts_.w_zero * sum));
  }

  const CodeFns& fns_;
  View x_, x_zero_;
  int64_t groups_, in_channels_ = 0, out_channels_ = 0, taps_ = 0;
  CodeShifts shifts_;
  const int32_t* bias_;
  int32_t* y_;
  std::array<WindowAxis, 3> axes_;
  std::array<int64_t, 3> in_, out_, kernel_;
  std::vector<PackedCodes> packed_;
  std::vector<int64_t> weight_sums_;
  int64_t rows_ = 0, row_tiles_ = 0;
};

}  // namespace

bool accepts_conv_integer_product(const StepBinding& b) {
  const Operand &weights = b.operands[1], &w_zero = b.operands[3];
  if (!weights.is_constant || b.results[0].view.dims.elements() == 0) return false;
  if (b.operands[0].view.dims.elements() == 0 || weights.view.dims.elements() == 0) return false;
  // Few channels a group would be products of mostly nothing.
  if (weights.view.dims[1] == 1 && b.attrs->as<ConvIntegerAttrs>().groups > 1) return false;
  if (!w_zero.present()) return true;
  if (!w_zero.is_constant) return false;
  for (int64_t i = 1; i < w_zero.view.dims.elements(); ++i) {
    if (code_of(w_zero.view, i) != code_of(w_zero.view, 0)) return false;
  }
  return true;
}

std::unique_ptr<CpuStep> bind_conv_integer_product(const StepBinding& b) {
  return std::make_unique<ConvIntegerProductStep>(b);
}

}  // namespace hone
