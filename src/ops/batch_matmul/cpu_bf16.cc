#include "ops/batch_matmul/cpu_bf16.h"

#include "backend/cpu/isa_table.h"
#include "backend/cpu/packed_weights.h"
#include "base/memory.h"
#include "ops/batch_matmul/cpu_layout.h"
#include "ops/batch_matmul/cpu_steps.h"
#include "tensor/float.h"

namespace hone {

HONE_BF16_TABLE(MatmulBf16Fns, matmul_bf16_fns)
HONE_AMX_TABLE(MatmulBf16TileFns, matmul_bf16_tile_fns)

namespace {

// Rows of a times constant panels of b, both in pairs: rows are rounded a block of k at a time.
class MatmulBf16Step final : public CpuStep {
 public:
  // `tiles`: null, or what multiplies.
  MatmulBf16Step(const StepBinding& b, const MatmulBf16TileFns* tiles)
      : fns_(*matmul_bf16_fns(b.isa)),
        tiles_(tiles),
        columns_(tiles == nullptr ? fns_.columns : kBf16TileColumns),
        most_pairs_(tiles == nullptr ? kPairs : kPairsOfTiles),
        layout_(b),
        epilogue_(b),
        a_(b.operands[0].view.as<float>()),
        b_(b.operands[1].view.as<float>()),
        y_(b.results[0].view.as<float>()),
        blocks_(b, layout_, tiles == nullptr ? fns_.rows : kTileRows, columns_) {
    packed_ =
        pack_once(b, 1, 2, tiles == nullptr ? "bf16" : "bf16.tiles", [this] { return pack(); });
  }

  int64_t tiles() const override { return blocks_.tiles(layout_); }
  size_t scratch_bytes() const override {
    const int64_t rows = tiles_ == nullptr ? blocks_.rows : (blocks_.rows + 15) / 16 * 16;
    return sizeof(uint32_t) * static_cast<size_t>(most_pairs_ * rows);
  }

  void run(int64_t tile, Scratch scratch) override {
    const MatmulBlocks::Block block = blocks_.block(layout_, tile);
    auto* rows = reinterpret_cast<uint32_t*>(scratch.data());
    for (int64_t from = 0; from < pairs(); from += most_pairs_) multiply(block, from, rows);
    if (!epilogue_.is_needed()) return;
    for (int64_t r = 0; r < block.rows; ++r) {
      const int64_t row = block.product * layout_.m + block.row + r;
      epilogue_.run(row, block.column, block.columns, y_ + row * layout_.n + block.column);
    }
  }

 private:
  // Of a block of k: a panel of 32 columns is 24 KiB, which stays in the first cache. Tiles of sums
  // are dearer to load and store again.
  static constexpr int64_t kPairs = 192, kPairsOfTiles = 384;
  static constexpr int64_t kTileRows = 32;

  int64_t pairs() const { return (layout_.k + 1) / 2; }
  int64_t panels() const { return (layout_.n + columns_ - 1) / columns_; }
  // With the zeros behind them that tiles want.
  int64_t filled(int64_t pairs) const {
    if (tiles_ == nullptr) return pairs;
    return (pairs + kBf16TilePairs - 1) / kBf16TilePairs * kBf16TilePairs;
  }

  // Adds the products of pairs [from, from + most_pairs_) to a block of y.
  void multiply(const MatmulBlocks::Block& block, int64_t from, uint32_t* rows) const {
    const auto [a_offset, b_offset] = layout_.matrices(block.product);
    const int64_t real = std::min(most_pairs_, pairs() - from), count = filled(real);
    const float* a = a_ + a_offset + block.row * layout_.a_row + 2 * from;
    for (int64_t r = 0; r < block.rows; ++r) {
      fns_.round(a + r * layout_.a_row, std::min(2 * real, layout_.k - 2 * from), rows + r * count);
      std::fill_n(rows + r * count + real, count - real, 0u);
    }
    const int64_t panel = b_offset / (layout_.k * layout_.n) * panels() + block.column / columns_;
    const int64_t panel_size = filled(pairs()) * columns_;
    const MatmulBf16Tiles all = {
        .a = rows,
        .lda = count,
        .rows = block.rows,
        .b = packed_->data() + panel * panel_size + from * columns_,
        .panel = panel_size,
        .pairs = count,
        .fresh = from == 0,
        .y = y_ + (block.product * layout_.m + block.row) * layout_.n + block.column,
        .ldy = layout_.n,
        .columns = block.columns};
    tiles_ == nullptr ? by_vectors(block, all) : tiles_->product(all);
  }
  void by_vectors(const MatmulBlocks::Block& block, const MatmulBf16Tiles& all) const {
    const uint32_t* weights = all.b;
    for (int64_t c = 0; c < all.columns; c += columns_, weights += all.panel) {
      const auto n = static_cast<int>(std::min<int64_t>(columns_, all.columns - c));
      for (int64_t i = 0; i < block.tiles(); ++i) {
        const int64_t r = block.tile_begin(i);
        fns_.tiles[block.tile_begin(i + 1) - r](all.a + r * all.lda, all.lda, weights, all.pairs,
                                                all.fresh, all.y + r * all.ldy + c, all.ldy, n);
      }
    }
  }

  // Matrices, their panels of columns, pairs of k; zeros behind the last column and an odd k.
  ZeroedVector<uint32_t> pack() const {
    const int64_t panel = filled(pairs()) * columns_;
    ZeroedVector<uint32_t> packed(static_cast<size_t>(layout_.b_matrices * panels() * panel));
    for (int64_t matrix = 0; matrix < layout_.b_matrices; ++matrix) {
      const float* from = b_ + matrix * layout_.k * layout_.n;
      for (int64_t p = 0; p < panels(); ++p) {
        pack_panel(from, p * columns_, packed.data() + (matrix * panels() + p) * panel);
      }
    }
    return packed;
  }
  void pack_panel(const float* from, int64_t first, uint32_t* to) const {
    const int64_t count = std::min<int64_t>(columns_, layout_.n - first);
    from += first * layout_.b_column;
    for (int64_t i = 0; i < layout_.k; i += 2, to += columns_) {
      for (int64_t c = 0; c < count; ++c) {
        const float* pair = from + i * layout_.b_k + c * layout_.b_column;
        const uint32_t second = i + 1 < layout_.k ? f32_to_bf16(pair[layout_.b_k]) : 0;
        to[c] = second << 16 | f32_to_bf16(pair[0]);
      }
    }
  }

  const MatmulBf16Fns& fns_;
  const MatmulBf16TileFns* tiles_;
  int64_t columns_;     // of a panel
  int64_t most_pairs_;  // of a block of k
  MatmulLayout layout_;
  MatmulEpilogue<float> epilogue_;
  const float *a_, *b_;
  float* y_;
  MatmulBlocks blocks_;
  std::shared_ptr<const ZeroedVector<uint32_t>> packed_;
};

}  // namespace

bool accepts_matmul_bf16(const StepBinding& b) {
  if (!multiplies_bf16(b.isa) || b.operands[0].view.dtype != DType::f32 ||
      !b.operands[1].is_constant) {
    return false;
  }
  const MatmulLayout layout(b);
  return layout.a_k == 1 && layout.k > 1 && layout.n > 0;
}

std::unique_ptr<CpuStep> bind_matmul_bf16(const StepBinding& b) {
  return std::make_unique<MatmulBf16Step>(b, nullptr);
}

// For any number of rows, as their sums run in another order than vectors': a row's result must not
// depend on how many there are.
bool accepts_matmul_bf16_tiles(const StepBinding& b) {
  return matmul_bf16_tile_fns(b.isa) != nullptr && accepts_matmul_bf16(b);
}

std::unique_ptr<CpuStep> bind_matmul_bf16_tiles(const StepBinding& b) {
  return std::make_unique<MatmulBf16Step>(b, matmul_bf16_tile_fns(b.isa));
}

}  // namespace hone
