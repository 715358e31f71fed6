#include <algorithm>
#include <array>
#include <cstring>

#include "backend/cpu/packed_weights.h"
#include "ops/conv_integer/cpu.h"
#include "ops/conv_integer/op.h"
#include "ops/quantized_conv/cpu_geometry.h"
#include "tensor/layout/codes.h"

namespace hone {
namespace {

// Taps as rows of codes have them: four channels, then the kernel's places, then the next four.
std::string_view layout_of(const StepBinding& b) {
  return code_layout(b.operands[1].view.dtype, CodeOrder::quads);
}

// What a tile's rows of codes, and its sums, may take.
constexpr int64_t kTileBytes = 128 * 1024;
// Products of a tile: some microseconds of work, beside which sharing them out is little.
constexpr double kFewestProducts = 1 << 20;
constexpr int64_t kQuad = 4;  // channels whose codes stand beside each other

int64_t code_of(const View& view, int64_t i) {
  const auto byte = view.as<uint8_t>()[i];
  return view.dtype == DType::i8 ? static_cast<int64_t>(static_cast<int8_t>(byte)) : byte;
}

// Words of four codes, one a channel: `kTaps` words (0: `taps`), `step` apart, for each of `places`
// places, `stride` apart, to rows that are `depth` bytes apart.
template <int kTaps>
void spread(const uint32_t* words, int64_t places, int64_t stride, int64_t taps, int64_t step,
            uint8_t* to, int64_t depth) {
  const int64_t count = kTaps == 0 ? taps : kTaps;
  for (int64_t p = 0; p < places; ++p, words += stride, to += depth) {
    for (int64_t t = 0; t < count; ++t) {
      std::memcpy(to + kQuad * t, words + t * step, sizeof *words);
    }
  }
}

// Channels come second: the codes of four channels are put beside each other, row by row of x, and
// copied to each place that sees them. The products, channels last, are put where they belong.
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
        y_(b.results[0].view.as<int32_t>()),
        weights_(b, layout_of(b), b.operands[1].view.dims, groups_),
        panels_(CodePanels::of(weights_.dims(), CodeOrder::quads)),
        blocks_(panels_.blocks / groups_) {
    const Dims& w = b.operands[1].view.dims;
    in_channels_ = w[1];
    out_channels_ = w[0] / groups_;
    set_axes(b);
    cut(b.threads);
  }

  int64_t tiles() const override { return x_.dims[0] * groups_ * row_tiles_; }
  size_t scratch_bytes() const override {
    const int64_t numbers = columns() + rows_ + rows_ * columns() + words();
    return static_cast<size_t>(numbers * 4 + rows_ * panels_.depth);
  }

  void run(int64_t tile, Scratch scratch) override {
    const int64_t part = tile % row_tiles_, group = tile / row_tiles_ % groups_;
    const int64_t image = tile / row_tiles_ / groups_, places = out_[0] * out_[1] * out_[2];
    const int64_t first = part * rows_, rows = std::min(rows_, places - first);
    auto* start = reinterpret_cast<int32_t*>(scratch.data());
    int32_t *terms = start + columns(), *sums = terms + rows_;
    auto* row_words = reinterpret_cast<uint32_t*>(sums + rows_ * columns());
    auto* codes = reinterpret_cast<uint8_t*>(row_words + words());
    const int64_t zero = x_zero_.data == nullptr ? 0 : code_of(x_zero_, 0);
    const int64_t column = group * columns();
    const int32_t* weight_sums = weights_.as<int32_t>() + panels_.code_bytes() / 4 + column;
    for (int64_t c = 0; c < out_channels_; ++c) {
      start[c] = shifts_.start(bias_ == nullptr ? 0 : bias_[group * out_channels_ + c],
                               weight_sums[c], zero, taps());
    }
    std::fill(start + out_channels_, start + columns(), 0);
    const int64_t plane = in_[0] * in_[1] * in_[2];
    const uint8_t* x = x_.as<uint8_t>() + (image * groups_ + group) * in_channels_ * plane;
    gather(x, first, rows, static_cast<uint8_t>(zero), row_words, codes);
    for (int64_t r = 0; shifts_.w_zero != 0 && r < rows; ++r) {
      terms[r] = row_term(codes + r * panels_.depth);
    }
    fns_.product({.x = codes,
                  .x_stride = panels_.depth,
                  .rows = rows,
                  .weights = weights_.as<int8_t>() + column * panels_.depth,
                  .depth = panels_.depth,
                  .first_block = 0,
                  .blocks = blocks_,
                  .columns = columns(),
                  .start = start,
                  .row_terms = shifts_.w_zero != 0 ? terms : nullptr,
                  .flip = shifts_.flip,
                  .rule = {},
                  .y = nullptr,
                  .sums = sums,
                  .y_stride = columns()});
    store(sums, columns(), rows, y_ + (image * groups_ + group) * out_channels_ * places + first);
  }

 private:
  int64_t kernel_places() const { return kernel_[0] * kernel_[1] * kernel_[2]; }
  int64_t taps() const { return in_channels_ * kernel_places(); }
  int64_t columns() const { return blocks_ * kCodeColumns; }  // of a group
  int64_t quads() const { return (in_channels_ + kQuad - 1) / kQuad; }
  // Columns of x that `places` places of a row of the result see.
  int64_t seen_columns(int64_t places) const {
    return (places - 1) * axes_[2].stride + (kernel_[2] - 1) * axes_[2].dilation + 1;
  }
  int64_t words() const { return seen_columns(std::min(rows_, out_[2])); }

  void cut(int threads) {
    const int64_t depth = panels_.depth;
    const int64_t places = out_[0] * out_[1] * out_[2], at_once = fns_.rows_at_once;
    const double products = static_cast<double>(places) * static_cast<double>(depth * columns());
    const auto wanted =
        static_cast<int64_t>(std::clamp(products / kFewestProducts, 1.0, 4.0 * threads));
    const int64_t share = ((places + wanted - 1) / wanted + at_once - 1) / at_once * at_once;
    const int64_t most = std::max<int64_t>(1, kTileBytes / (depth + columns() * 4));
    rows_ = std::min({places, share, most});
    row_tiles_ = (places + rows_ - 1) / rows_;
  }

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
    const bool pointwise = std::ranges::all_of(axes_, [](const WindowAxis& axis) {
      return axis.kernel == 1 && axis.stride == 1 && axis.begin == 0 && axis.end == 0;
    });
    if (!pointwise) return;
    in_ = {1, 1, in_[0] * in_[1] * in_[2]};
    out_ = in_;
  }

  // The codes that `count` places from `first` on see; those of channels that there are not are 0.
  void gather(const uint8_t* x, int64_t first, int64_t count, uint8_t outside, uint32_t* words,
              uint8_t* to) const {
    const int64_t depth = panels_.depth, plane = in_[0] * in_[1] * in_[2];
    for (int64_t i = 0; i < count;) {
      const int64_t o2 = (first + i) % out_[2], row = (first + i) / out_[2];
      const int64_t places = std::min(count - i, out_[2] - o2);
      for (int64_t q = 0; q < quads(); ++q) {
        const int64_t channels = std::min(kQuad, in_channels_ - q * kQuad);
        gather_row(x + q * kQuad * plane, channels, row, o2, places, outside, words,
                   to + i * depth + q * kQuad * kernel_places());
      }
      i += places;
    }
  }

  // Of up to four channels, for places of one row of the result.
  void gather_row(const uint8_t* x, int64_t channels, int64_t row, int64_t o2, int64_t places,
                  uint8_t outside, uint32_t* words, uint8_t* to) const {
    const int64_t depth = panels_.depth, stride = axes_[2].stride, step = axes_[2].dilation;
    const int64_t origin0 = row / out_[1] * axes_[0].stride - axes_[0].begin;
    const int64_t origin1 = row % out_[1] * axes_[1].stride - axes_[1].begin;
    for (int64_t d = 0; d < kernel_[0]; ++d) {
      const int64_t at0 = origin0 + d * axes_[0].dilation;
      for (int64_t h = 0; h < kernel_[1]; ++h, to += kQuad * kernel_[2]) {
        const int64_t at1 = origin1 + h * axes_[1].dilation;
        const bool inside = at0 >= 0 && at0 < in_[0] && at1 >= 0 && at1 < in_[1];
        join(inside ? x + (at0 * in_[1] + at1) * in_[2] : nullptr, channels,
             o2 * stride - axes_[2].begin, seen_columns(places), outside, words);
        const auto go = kernel_[2] == 1 ? spread<1> : kernel_[2] == 3 ? spread<3> : spread<0>;
        go(words, places, stride, kernel_[2], step, to, depth);
      }
    }
  }

  // Columns [first, first + count) of a row of x (null: outside) in words of one code a channel.
  void join(const uint8_t* row, int64_t channels, int64_t first, int64_t count, uint8_t outside,
            uint32_t* words) const {
    const int64_t plane = in_[0] * in_[1] * in_[2];
    uint32_t nothing = 0;
    std::memset(&nothing, outside, static_cast<size_t>(channels));
    if (row == nullptr) {
      std::fill_n(words, count, nothing);
      return;
    }
    const int64_t begin = std::clamp<int64_t>(-first, 0, count);
    const int64_t end = std::clamp<int64_t>(in_[2] - first, begin, count);
    std::fill(words, words + begin, nothing);
    std::fill(words + end, words + count, nothing);
    auto* to = reinterpret_cast<uint8_t*>(words + begin);
    const uint8_t* from = row + (first + begin);
    if (channels == kQuad) return join_four(from, plane, end - begin, to);
    for (int64_t i = 0; i < end - begin; ++i) {
      for (int64_t c = 0; c < kQuad; ++c) *to++ = c < channels ? from[c * plane + i] : uint8_t{0};
    }
  }
  static void join_four(const uint8_t* from, int64_t plane, int64_t count, uint8_t* __restrict to) {
    const uint8_t *b = from + plane, *c = b + plane, *d = c + plane;
    for (int64_t i = 0; i < count; ++i) {
      to[4 * i] = from[i];
      to[4 * i + 1] = b[i];
      to[4 * i + 2] = c[i];
      to[4 * i + 3] = d[i];
    }
  }

  // Sums, channels last, to channels first: some rows at a time, so that they stay in the cache.
  void store(const int32_t* sums, int64_t columns, int64_t rows, int32_t* y) const {
    const int64_t places = out_[0] * out_[1] * out_[2];
    for (int64_t first = 0; first < rows; first += 16) {
      const int64_t count = std::min<int64_t>(16, rows - first);
      for (int64_t c = 0; c < out_channels_; ++c) {
        const int32_t* from = sums + first * columns + c;
        for (int64_t r = 0; r < count; ++r) y[c * places + first + r] = from[r * columns];
      }
    }
  }

  int32_t row_term(const uint8_t* row) const {
    int64_t sum = 0;
    for (int64_t k = 0; k < panels_.depth; ++k) {
      sum += x_.dtype == DType::i8 ? static_cast<int64_t>(static_cast<int8_t>(row[k])) : row[k];
    }
    return static_cast<int32_t>(static_cast<uint32_t>(-shifts_.w_zero * sum));
  }

  const CodeFns& fns_;
  View x_, x_zero_;
  int64_t groups_, in_channels_ = 0, out_channels_ = 0;
  CodeShifts shifts_;
  const int32_t* bias_;
  int32_t* y_;
  std::array<WindowAxis, 3> axes_;
  std::array<int64_t, 3> in_, out_, kernel_;
  PackedWeight weights_;
  CodePanels panels_;
  int64_t blocks_;  // of a group
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

std::string_view conv_integer_product_layout(const StepBinding& b) {
  return storable_layout(b, layout_of(b), b.attrs->as<ConvIntegerAttrs>().groups);
}

}  // namespace hone
