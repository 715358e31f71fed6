#include <algorithm>
#include <cstring>

#include "backend/cpu/packed_weights.h"
#include "ops/quantized_conv/cpu_geometry.h"
#include "tensor/layout/codes.h"

namespace hone {
namespace {

// What a tile's rows of codes may take: they stay in the second cache beside the weights.
constexpr int64_t kRowBytes = 96 * 1024;
constexpr int64_t kMostRows = 448;
// Rows of x that one place may see.
constexpr int64_t kMostKernelRows = 128;
// Fewer columns than this are not worth a tile of their own.
constexpr int64_t kFewestBlocks = 4;
// Products of a tile: some microseconds of work, beside which sharing them out is little.
constexpr double kFewestProducts = 1 << 20;
// Of sets with tiles of registers, which multiply eight times as fast and come with larger caches.
constexpr double kFewestTileProducts = 1 << 22;
constexpr int64_t kTileRowBytes = 384 * 1024;
constexpr int64_t kTileDepth = 64;  // codes of a row in such a tile, at most

// Copies of few bytes at a time, for which a call of memcpy costs more than the copy.
template <size_t size>
inline void copy_one(uint8_t* to, const uint8_t* from) {
  std::memcpy(to, from, size);
}
inline void copy_bytes(uint8_t* to, const uint8_t* from, size_t count) {
  if (count >= 16) {
    for (size_t i = 0; i + 16 <= count; i += 16) copy_one<16>(to + i, from + i);
    copy_one<16>(to + count - 16, from + count - 16);
  } else if (count >= 8) {
    copy_one<8>(to, from);
    copy_one<8>(to + count - 8, from + count - 8);
  } else {
    for (size_t i = 0; i < count; ++i) to[i] = from[i];
  }
}

std::string_view layout_of(const StepBinding& b) {
  return code_layout(b.operands[1].view.dtype, CodeOrder::rows);
}

// Which function multiplies, and what it wants.
struct Multiplier {
  void (*product)(const CodeProduct&);
  int64_t rows_at_once;
  CodeShifts shifts;
  bool has_tiles = false;  // of registers
  double fewest_products = kFewestProducts;
  int64_t row_bytes = kRowBytes;

  static Multiplier of_vectors(const StepBinding& b) {
    const CodeFns& fns = code_kernels(b.isa);
    return {fns.product, fns.rows_at_once,
            CodeShifts(b.operands[0].view.dtype, b.operands[1].view.dtype, w_zero_of(b), fns.bias)};
  }
  static Multiplier of_tiles(const StepBinding& b) {
    return {.product = code_tile_kernels(b.isa)->product,
            .rows_at_once = 32,
            .shifts =
                code_tile_shifts(b.operands[0].view.dtype, b.operands[1].view.dtype, w_zero_of(b)),
            .has_tiles = true,
            .fewest_products = kFewestTileProducts,
            .row_bytes = kTileRowBytes};
  }
  static int64_t w_zero_of(const StepBinding& b) {
    return b.attrs->as<QuantizedConvAttrs>().w_zero;
  }
};

// A matrix product: a row of codes a place of the result, which is x itself where the kernel is one
// element, else copied together.
class CodeProductStep final : public CpuStep {
 public:
  CodeProductStep(const StepBinding& b, const Multiplier& multiplier)
      : product_(multiplier.product),
        g_(CodeGeometry::of(b)),
        attrs_(b.attrs->as<QuantizedConvAttrs>()),
        shifts_(multiplier.shifts),
        x_signed_(b.operands[0].view.dtype == DType::i8),
        x_(b.operands[0].view.as<uint8_t>()),
        y_(reinterpret_cast<uint8_t*>(b.results[0].view.data)),
        weights_(b, layout_of(b), b.operands[1].view.dims, g_.groups),
        panels_(CodePanels::of(weights_.dims(), CodeOrder::rows)),
        blocks_(panels_.blocks / g_.groups),
        columns_(b, g_, shifts_, blocks_, weights_.as<int32_t>() + panels_.code_bytes() / 4) {
    direct_ = g_.is_pointwise() && g_.in_channels % 4 == 0;
    places_ = g_.images * g_.out_places();
    const int64_t depth = panels_.depth;
    row_stride_ = depth;
    read_depth_ = depth;
    if (multiplier.has_tiles) cut_depth();
    least_readable_ = readable_rows(g_.groups - 1);
    const double products =
        static_cast<double>(places_) * static_cast<double>(depth * panels_.blocks * kCodeColumns);
    const auto wanted = static_cast<int64_t>(
        std::clamp(products / multiplier.fewest_products, 1.0, 4.0 * b.threads));
    const int64_t most_rows = with_grain(b, kMostRows);
    const int64_t row_bytes = with_grain(b, multiplier.row_bytes);
    const int64_t most = direct_ ? most_rows : std::clamp<int64_t>(row_bytes / depth, 1, most_rows);
    const int64_t share = with_grain(b, (places_ + wanted - 1) / wanted);
    const int64_t at_once = multiplier.rows_at_once;
    rows_ = std::min(most, (share + at_once - 1) / at_once * at_once);
    row_tiles_ = (places_ + rows_ - 1) / rows_;
    const int64_t parts = std::clamp<int64_t>(wanted / (row_tiles_ * g_.groups), 1,
                                              std::max<int64_t>(1, blocks_ / kFewestBlocks));
    blocks_a_tile_ = (blocks_ + parts - 1) / parts;
    column_tiles_ = (blocks_ + blocks_a_tile_ - 1) / blocks_a_tile_;
  }

  int64_t tiles() const override { return row_tiles_ * column_tiles_ * g_.groups; }
  size_t scratch_bytes() const override {
    return static_cast<size_t>(copied_bytes()) + static_cast<size_t>(rows_) * sizeof(int32_t);
  }

  void run(int64_t tile, Scratch scratch) override {
    const int64_t part = tile % column_tiles_;
    const int64_t group = tile / column_tiles_ % g_.groups;
    const int64_t first = tile / column_tiles_ / g_.groups * rows_;
    const int64_t rows = std::min(rows_, places_ - first);
    auto* memory = reinterpret_cast<uint8_t*>(scratch.data());
    auto* terms = reinterpret_cast<int32_t*>(memory + copied_bytes());
    const auto multiply = [&](const uint8_t* x, int64_t stride, int64_t at, int64_t count) {
      CodeProduct p = product(group, part);
      p.x = x;
      p.x_stride = stride;
      p.rows = count;
      p.y += (first + at) * p.y_stride;
      if (shifts_.w_zero != 0) {
        for (int64_t r = 0; r < count; ++r) terms[r] = row_term(x + r * stride);
        p.row_terms = terms;
      }
      product_(p);
    };
    const int64_t in_place = direct_ ? std::min(rows, readable_rows(group) - first) : 0;
    if (in_place > 0) {
      const uint8_t* x = x_ + first * g_.all_in() + group * g_.in_channels;
      multiply(x, g_.all_in(), 0, in_place);
    }
    if (in_place == rows) return;
    const int64_t from = std::max<int64_t>(0, in_place);
    copy_rows(group, first + from, rows - from, memory);
    multiply(memory, row_stride_, from, rows - from);
  }

 private:
  // All but the rows.
  CodeProduct product(int64_t group, int64_t part) const {
    const int64_t block = group * blocks_, column = block * kCodeColumns;
    return {.x = nullptr,
            .x_stride = 0,
            .rows = 0,
            .weights = weights_.as<int8_t>() + column * panels_.depth,
            .depth = panels_.depth,
            .first_block = part * blocks_a_tile_,
            .blocks = std::min(blocks_a_tile_, blocks_ - part * blocks_a_tile_),
            .columns = g_.out_channels,
            .start = columns_.start(column),
            .row_terms = nullptr,
            .flip = shifts_.flip,
            .rule = columns_.rule(attrs_.y, column),
            .y = y_ + group * g_.out_channels,
            .sums = nullptr,
            .y_stride = g_.all_out(),
            .depth_step = depth_step_,
            .tails = tails_.empty() ? nullptr : tails_.data() + block * kCodeColumns * kTileDepth,
            .x_signed = x_signed_};
  }

  // Into equal pieces, which need no zeros where they come out even.
  void cut_depth() {
    const CodePieces pieces(panels_.depth);
    depth_step_ = pieces.step;
    read_depth_ = pieces.depth();
    // Rows at odd multiples of a cache line do not meet in the same sets.
    row_stride_ = read_depth_ < 64 ? read_depth_ : ((read_depth_ + 63) / 64 * 64) | 64;
    if (read_depth_ == panels_.depth) return;
    const int64_t whole = (pieces.count - 1) * depth_step_, left = panels_.depth - whole;
    tails_.resize(static_cast<size_t>(panels_.blocks * kCodeColumns * kTileDepth));
    for (int64_t i = 0; i < panels_.blocks; ++i) {
      const int8_t* block = weights_.as<int8_t>() + i * kCodeColumns * panels_.depth;
      std::copy_n(block + kCodeColumns * whole, kCodeColumns * left,
                  tails_.data() + i * kCodeColumns * kTileDepth);
    }
  }

  // How many rows of x may be read where they are: those whose reading does not end behind x.
  int64_t readable_rows(int64_t group) const {
    const int64_t spare = g_.all_in() - group * g_.in_channels - read_depth_;
    return spare >= 0 ? places_ : places_ - (g_.all_in() - 1 - spare) / g_.all_in();
  }

  int64_t copied_bytes() const {
    const int64_t rows = direct_ ? std::min(rows_, places_ - least_readable_) : rows_;
    return (rows * row_stride_ + 63) / 64 * 64;
  }

  // What the zero point of the weights adds to each sum of a row.
  int32_t row_term(const uint8_t* row) const {
    int64_t sum = 0;
    for (int64_t k = 0; k < g_.taps(); ++k) {
      sum += x_signed_ ? static_cast<int64_t>(static_cast<int8_t>(row[k])) : row[k];
    }
    return static_cast<int32_t>(static_cast<uint32_t>(-shifts_.w_zero * sum));
  }

  // What each place sees, tap by tap: along a row of the result the rows of x stay the same.
  void copy_rows(int64_t group, int64_t first, int64_t count, uint8_t* to) const {
    const uint8_t* rows[kMostKernelRows];
    for (int64_t i = 0; i < count;) {
      const int64_t o2 = (first + i) % g_.out[2];
      const int64_t end = std::min(count, i + g_.out[2] - o2);
      find_rows((first + i) / g_.out[2], group, rows);
      for (int64_t column = o2 * g_.axes[2].stride - g_.axes[2].begin; i < end;
           ++i, to += row_stride_) {
        copy_place(rows, column, to);
        column += g_.axes[2].stride;
      }
    }
  }

  // The rows of x that a row of the result sees, at the group's first channel; null: outside.
  void find_rows(int64_t row, int64_t group, const uint8_t** rows) const {
    const int64_t o1 = row % g_.out[1], o0 = row / g_.out[1] % g_.out[0];
    const int64_t image = row / g_.out[1] / g_.out[0];
    for (int64_t d = 0; d < g_.kernel[0]; ++d) {
      const int64_t in0 = o0 * g_.axes[0].stride - g_.axes[0].begin + d * g_.axes[0].dilation;
      for (int64_t h = 0; h < g_.kernel[1]; ++h) {
        const int64_t in1 = o1 * g_.axes[1].stride - g_.axes[1].begin + h * g_.axes[1].dilation;
        const bool inside = in0 >= 0 && in0 < g_.in[0] && in1 >= 0 && in1 < g_.in[1];
        const int64_t at = ((image * g_.in[0] + in0) * g_.in[1] + in1) * g_.in[2] * g_.all_in();
        *rows++ = inside ? x_ + at + group * g_.in_channels : nullptr;
      }
    }
  }

  void copy_place(const uint8_t* const* rows, int64_t column, uint8_t* to) const {
    const int64_t taps = g_.kernel[2], step = g_.axes[2].dilation;
    const bool whole = (step == 1 || taps == 1) && (g_.groups == 1 || taps == 1) && column >= 0 &&
                       column + taps <= g_.in[2];
    const auto bytes = static_cast<size_t>(taps * g_.in_channels);
    for (int64_t r = 0; r < g_.kernel[0] * g_.kernel[1]; ++r, to += bytes) {
      if (rows[r] == nullptr) {
        std::memset(to, static_cast<uint8_t>(attrs_.x_zero), bytes);
      } else if (whole) {
        copy_bytes(to, rows[r] + column * g_.all_in(), bytes);
      } else {
        copy_taps(rows[r], column, to);
      }
    }
  }

  // The taps along a row of x, of which the first sees column `column`.
  void copy_taps(const uint8_t* row, int64_t column, uint8_t* to) const {
    const auto channels = static_cast<size_t>(g_.in_channels);
    for (int64_t t = 0; t < g_.kernel[2]; ++t, column += g_.axes[2].dilation, to += channels) {
      if (column >= 0 && column < g_.in[2]) {
        copy_bytes(to, row + column * g_.all_in(), channels);
      } else {
        std::memset(to, static_cast<uint8_t>(attrs_.x_zero), channels);
      }
    }
  }

  void (*product_)(const CodeProduct&);
  CodeGeometry g_;
  QuantizedConvAttrs attrs_;
  CodeShifts shifts_;
  bool x_signed_, direct_ = false;
  const uint8_t* x_;
  uint8_t* y_;
  PackedWeight weights_;
  CodePanels panels_;
  int64_t blocks_;  // of a group
  CodeColumns columns_;
  int64_t row_stride_ = 0;      // of rows that are copied
  int64_t read_depth_ = 0;      // codes of a row that are read
  int64_t depth_step_ = 0;      // CodeProduct::depth_step
  int64_t least_readable_ = 0;  // readable_rows() of the group that has the fewest
  std::vector<int8_t> tails_;   // CodeProduct::tails
  int64_t places_ = 0, rows_ = 0, row_tiles_ = 0, blocks_a_tile_ = 0, column_tiles_ = 0;
};

}  // namespace

bool accepts_code_product(const StepBinding& b) {
  if (!b.operands[1].is_constant || !b.operands[2].is_constant) return false;
  if (b.operands[3].present() && !b.operands[3].is_constant) return false;
  const CodeGeometry g = CodeGeometry::of(b);
  return b.operands[0].view.dims.elements() > 0 && b.results[0].view.dims.elements() > 0 &&
         g.taps() > 0 && g.taps() <= kRowBytes * 64 && g.kernel[0] * g.kernel[1] <= kMostKernelRows;
}

std::unique_ptr<CpuStep> bind_code_product(const StepBinding& b) {
  return std::make_unique<CodeProductStep>(b, Multiplier::of_vectors(b));
}

bool accepts_code_tiles(const StepBinding& b) {
  if (code_tile_kernels(b.isa) == nullptr || !accepts_code_product(b)) return false;
  const CodeGeometry g = CodeGeometry::of(b);
  return pays_in_tiles(g.images * g.out_places(), g.taps(), g.all_out());
}

std::unique_ptr<CpuStep> bind_code_tiles(const StepBinding& b) {
  return std::make_unique<CodeProductStep>(b, Multiplier::of_tiles(b));
}

std::string_view code_product_layout(const StepBinding& b) {
  return storable_layout(b, layout_of(b), b.attrs->as<QuantizedConvAttrs>().groups);
}

}  // namespace hone
