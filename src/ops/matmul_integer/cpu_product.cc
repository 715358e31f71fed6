#include <algorithm>
#include <cstring>

#include "backend/cpu/packed_weights.h"
#include "ops/matmul_integer/cpu.h"
#include "ops/quantized_conv/cpu_geometry.h"
#include "tensor/layout/codes.h"

namespace hone {
namespace {

std::string_view layout_of(const StepBinding& b) {
  return code_layout(b.operands[1].view.dtype, CodeOrder::columns);
}

constexpr int64_t kMostRows = 448;
// Fewer columns than this are not worth a tile of their own.
constexpr int64_t kFewestBlocks = 4;
// Products of a tile: some microseconds of work, beside which sharing them out is little.
constexpr double kFewestProducts = 1 << 20;
constexpr double kFewestProductsOfTiles = 1 << 22;

int64_t code_of(const View& view, int64_t i) {
  const auto byte = view.as<uint8_t>()[i];
  return view.dtype == DType::i8 ? static_cast<int64_t>(static_cast<int8_t>(byte)) : byte;
}

int64_t b_zero_of(const StepBinding& b) {
  return b.operands[3].present() ? code_of(b.operands[3].view, 0) : 0;
}

// Rows of a, copied where their length is not a multiple of four, times packed columns of b.
class IntegerProductStep final : public CpuStep {
 public:
  // `tiles`: null, or what multiplies.
  IntegerProductStep(const StepBinding& b, const CodeTileFns* tiles)
      : product_(tiles == nullptr ? code_kernels(b.isa).product : tiles->product),
        a_(b.operands[0].view),
        a_zero_(b.operands[2].view),
        inner_(a_.dims.back()),
        columns_(b.operands[1].view.dims.back()),
        all_rows_(a_.dims.elements() / inner_),
        shifts_(tiles == nullptr
                    ? CodeShifts(a_.dtype, b.operands[1].view.dtype, b_zero_of(b),
                                 code_kernels(b.isa).bias)
                    : code_tile_shifts(a_.dtype, b.operands[1].view.dtype, b_zero_of(b))),
        weights_(b, layout_of(b), b.operands[1].view.dims),
        panels_(CodePanels::of(weights_.dims(), CodeOrder::columns)),
        y_(b.results[0].view.as<int32_t>()) {
    const double fewest = tiles == nullptr ? kFewestProducts : kFewestProductsOfTiles;
    const double products = static_cast<double>(all_rows_) *
                            static_cast<double>(panels_.depth * panels_.blocks * kCodeColumns);
    const auto wanted = static_cast<int64_t>(std::clamp(products / fewest, 1.0, 4.0 * b.threads));
    const int64_t at_once = tiles == nullptr ? code_kernels(b.isa).rows_at_once : 32;
    const int64_t share = with_grain(b, (all_rows_ + wanted - 1) / wanted);
    rows_ = std::min(with_grain(b, kMostRows), (share + at_once - 1) / at_once * at_once);
    row_tiles_ = (all_rows_ + rows_ - 1) / rows_;
    const int64_t parts = std::clamp<int64_t>(wanted / row_tiles_, 1,
                                              std::max<int64_t>(1, panels_.blocks / kFewestBlocks));
    blocks_a_tile_ = (panels_.blocks + parts - 1) / parts;
    column_tiles_ = (panels_.blocks + blocks_a_tile_ - 1) / blocks_a_tile_;
  }

  int64_t tiles() const override { return row_tiles_ * column_tiles_; }
  size_t scratch_bytes() const override {
    const int64_t numbers = panels_.blocks * kCodeColumns + rows_;
    return static_cast<size_t>(numbers) * sizeof(int32_t) +
           static_cast<size_t>(is_copied() ? rows_ * panels_.depth : 0);
  }

  void run(int64_t tile, Scratch scratch) override {
    const int64_t part = tile % column_tiles_, first = tile / column_tiles_ * rows_;
    const int64_t rows = std::min(rows_, all_rows_ - first);
    auto* start = reinterpret_cast<int32_t*>(scratch.data());
    int32_t* terms = start + panels_.blocks * kCodeColumns;
    const int64_t zero = a_zero_.data == nullptr ? 0 : code_of(a_zero_, 0);
    const int32_t* weight_sums = weights_.as<int32_t>() + panels_.code_bytes() / 4;
    for (int64_t c = 0; c < panels_.blocks * kCodeColumns; ++c) {
      start[c] = shifts_.start(0, weight_sums[c], zero, inner_);
    }
    const uint8_t* x = a_.as<uint8_t>() + first * inner_;
    if (shifts_.w_zero != 0) {
      for (int64_t r = 0; r < rows; ++r) terms[r] = row_term(first + r);
    }
    if (is_copied()) {
      auto* copy = reinterpret_cast<uint8_t*>(terms + rows_);
      for (int64_t r = 0; r < rows; ++r) {
        std::memcpy(copy + r * panels_.depth, x + r * inner_, static_cast<size_t>(inner_));
      }
      x = copy;
    }
    product_({.x = x,
              .x_stride = panels_.depth,
              .rows = rows,
              .weights = weights_.as<int8_t>(),
              .depth = panels_.depth,
              .first_block = part * blocks_a_tile_,
              .blocks = std::min(blocks_a_tile_, panels_.blocks - part * blocks_a_tile_),
              .columns = columns_,
              .start = start,
              .row_terms = shifts_.w_zero != 0 ? terms : nullptr,
              .flip = shifts_.flip,
              .rule = {},
              .y = nullptr,
              .sums = y_ + first * columns_,
              .y_stride = columns_,
              .depth_step = CodePieces(panels_.depth).step,
              .tails = nullptr,
              .x_signed = a_.dtype == DType::i8});
  }

 private:
  bool is_copied() const { return panels_.depth != inner_; }
  int32_t row_term(int64_t row) const {
    int64_t sum = 0;
    for (int64_t k = 0; k < inner_; ++k) sum += code_of(a_, row * inner_ + k);
    return static_cast<int32_t>(static_cast<uint32_t>(-shifts_.w_zero * sum));
  }

  void (*product_)(const CodeProduct&);
  View a_, a_zero_;
  int64_t inner_, columns_, all_rows_;
  CodeShifts shifts_;
  PackedWeight weights_;
  CodePanels panels_;
  int32_t* y_;
  int64_t rows_ = 0, row_tiles_ = 0, blocks_a_tile_ = 0, column_tiles_ = 0;
};

}  // namespace

bool accepts_matmul_integer_product(const StepBinding& b) {
  const Operand &a = b.operands[0], &weights = b.operands[1];
  const Operand &a_zero = b.operands[2], &b_zero = b.operands[3];
  if (!weights.is_constant || weights.view.dims.rank() != 2 || a.view.dims.rank() < 2) return false;
  if (b.results[0].view.dims.elements() == 0 || a.view.dims.elements() == 0) return false;
  if (a_zero.present() && a_zero.view.dims.elements() != 1) return false;
  if (!b_zero.present()) return true;
  if (!b_zero.is_constant) return false;
  for (int64_t i = 1; i < b_zero.view.dims.elements(); ++i) {
    if (code_of(b_zero.view, i) != code_of(b_zero.view, 0)) return false;
  }
  return true;
}

std::unique_ptr<CpuStep> bind_matmul_integer_product(const StepBinding& b) {
  return std::make_unique<IntegerProductStep>(b, nullptr);
}

bool accepts_matmul_integer_tiles(const StepBinding& b) {
  if (code_tile_kernels(b.isa) == nullptr || !accepts_matmul_integer_product(b)) return false;
  const Dims& a = b.operands[0].view.dims;
  const int64_t inner = a.back(), depth = (inner + 3) / 4 * 4;
  return CodePieces(depth).depth() == depth &&
         pays_in_tiles(a.elements() / inner, inner, b.operands[1].view.dims.back());
}

std::unique_ptr<CpuStep> bind_matmul_integer_tiles(const StepBinding& b) {
  return std::make_unique<IntegerProductStep>(b, code_tile_kernels(b.isa));
}

std::string_view matmul_integer_product_layout(const StepBinding& b) {
  return storable_layout(b, layout_of(b));
}

}  // namespace hone
