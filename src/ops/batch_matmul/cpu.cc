#include "ops/batch_matmul/cpu.h"

#include <algorithm>
#include <type_traits>

#include "backend/cpu/isa_table.h"
#include "backend/cpu/packed_weights.h"
#include "backend/cpu/rows_step.h"
#include "ops/batch_matmul/cpu_layout.h"
#include "ops/batch_matmul/cpu_steps.h"
#include "tensor/numbers.h"

namespace hone {

HONE_ISA_TABLE(BatchMatmulFns, batch_matmul_fns)

namespace {

// Blocked over k, rows and columns; b is packed so that the innermost loop reads it in order, a
// where it could not be read where it lies. A tile of the step is a block of rows and columns of
// one product.
class Blocked final : public CpuStep {
 public:
  explicit Blocked(const StepBinding& b)
      : fns_(batch_matmul_fns(b.isa)),
        layout_(b),
        epilogue_(b),
        a_(b.operands[0].view.as<float>()),
        b_(b.operands[1].view.as<float>()),
        y_(b.results[0].view.as<float>()),
        k_block_(kPanelFloats / fns_.columns),
        blocks_(b, layout_, fns_.rows, fns_.columns),
        packs_a_(layout_.a_k != 1 || layout_.a_row % kCollidingRow == 0) {
    if (!b.operands[1].is_constant) return;
    const bool rows = layout_.b_lies_in_rows();
    packed_ = PackedWeight(b, layout_.packing(fns_.columns), layout_.packed_b(),
                           rows ? layout_.b_matrices : 1);
    matrix_step_ = rows ? panels() * layout_.k : layout_.k;
    panel_step_ = rows ? layout_.k : layout_.b_matrices * layout_.k;
  }

  int64_t tiles() const override { return blocks_.tiles(layout_); }

  size_t scratch_bytes() const override {
    return sizeof(float) *
           static_cast<size_t>(packed_row() * blocks_.rows + k_block_ * fns_.columns);
  }

  void run(int64_t tile, Scratch scratch) override {
    const Block block = blocks_.block(layout_, tile);
    auto* a = reinterpret_cast<float*>(scratch.data());
    float* b = a + packed_row() * blocks_.rows;
    int64_t from = 0;
    do {  // once even if k is 0, for then y is 0
      multiply(block, from, std::min(k_block_, layout_.k - from), a, b);
      from += k_block_;
    } while (from < layout_.k);
    if (!epilogue_.is_needed()) return;
    for (int64_t r = 0; r < block.rows; ++r) {
      const int64_t row = block.product * layout_.m + block.row + r;
      epilogue_.run(row, block.column, block.columns, y_ + row * layout_.n + block.column);
    }
  }

 private:
  // Floats of a panel of b that stay in the first cache.
  static constexpr int64_t kPanelFloats = 6144;
  // Rows so many floats apart fall on the same few places of the first cache.
  static constexpr int64_t kCollidingRow = 512;

  using Block = MatmulBlocks::Block;

  // Rows of a for `k` places: where they lie, or copied together.
  struct Rows {
    const float* data;
    int64_t row, step;  // strides of rows and places
  };
  Rows rows_at(const float* a, int64_t count, int64_t k, float* room) const {
    if (!packs_a_) return {a, layout_.a_row, 1};
    if (layout_.a_k == 1) {
      for (int64_t r = 0; r < count; ++r) {
        std::copy_n(a + r * layout_.a_row, k, room + r * packed_row());
      }
      return {room, packed_row(), 1};
    }
    for (int64_t i = 0; i < k; ++i) std::copy_n(a + i * layout_.a_k, count, room + i * count);
    return {room, 1, count};
  }
  // A line more than a power of two: rows do not fall on the same places of the first cache.
  int64_t packed_row() const { return k_block_ + 16; }

  // Packs a panel of b, with zeros behind its `count` columns.
  void pack_panel(const float* b, int64_t count, int64_t k, float* to) const {
    const int64_t width = fns_.columns;
    if (layout_.b_column == 1) {
      for (int64_t i = 0; i < k; ++i, to += width, b += layout_.b_k) {
        std::copy_n(b, count, to);
        std::fill(to + count, to + width, 0.0f);
      }
      return;
    }
    constexpr int64_t kStep = 16;  // places at a time, so that what is written stays near
    for (int64_t first = 0; first < k; first += kStep) {
      const int64_t last = std::min(first + kStep, k);
      for (int64_t c = 0; c < width; ++c) {
        const float* from = b + c * layout_.b_column;
        for (int64_t i = first; i < last; ++i) {
          to[i * width + c] = c < count ? from[i * layout_.b_k] : 0.0f;
        }
      }
    }
  }

  int64_t panels() const { return (layout_.n + fns_.columns - 1) / fns_.columns; }

  struct Panel {
    const float* data;
    int64_t stride;
  };
  // The panel of b that begins at `column`, for places [from, from + k).
  Panel panel_at(int64_t b_offset, int64_t column, int64_t from, int64_t k, bool direct,
                 float* room) const {
    const int64_t width = fns_.columns;
    if (packed_.as<float>() != nullptr) {
      const int64_t matrix = b_offset / std::max<int64_t>(1, layout_.k * layout_.n);
      const int64_t at = matrix * matrix_step_ + column / width * panel_step_ + from;
      return {packed_.as<float>() + at * width, width};
    }
    const float* b = b_ + b_offset + from * layout_.b_k + column * layout_.b_column;
    const int64_t count = std::min(width, layout_.n - column);
    if (direct && count == width && layout_.b_column == 1) return {b, layout_.b_k};
    pack_panel(b, count, k, room);
    return {room, width};
  }

  // How far behind the panel of column c the one lies that is wanted next: the next columns', or
  // the first columns' of the next places. Not of panels that are packed as they are wanted.
  int64_t next_panel(const Block& block, int64_t c, int64_t from, int64_t k) const {
    if (packed_.as<float>() == nullptr) return 0;
    const bool is_last = c + fns_.columns >= block.columns;
    if (!is_last || from + k >= layout_.k) return panel_step_;
    return k - c / fns_.columns * panel_step_;
  }

  // Adds the products of places [from, from + k) to a block of y.
  void multiply(const Block& block, int64_t from, int64_t k, float* packed_a, float* room) const {
    const auto [a_offset, b_offset] = layout_.matrices(block.product);
    const float* a = a_ + a_offset + block.row * layout_.a_row + from * layout_.a_k;
    const Rows rows = rows_at(a, block.rows, k, packed_a);
    float* y = y_ + (block.product * layout_.m + block.row) * layout_.n + block.column;
    const bool direct = block.tiles() == 1;  // a panel that is read once is not packed
    for (int64_t c = 0; c < block.columns; c += fns_.columns) {
      const Panel panel = panel_at(b_offset, block.column + c, from, k, direct, room);
      const float* next = panel.data + next_panel(block, c, from, k) * fns_.columns;
      for (int64_t i = 0; i < block.tiles(); ++i) {
        const int64_t row = block.tile_begin(i), end = block.tile_begin(i + 1);
        fns_.tiles[end - row](
            {.a = rows.data + row * rows.row,
             .a_row = rows.row,
             .a_k = rows.step,
             .b = panel.data,
             .b_k = panel.stride,
             .k = k,
             .next = next + (i < fns_.columns / 16 ? 16 * k * i : 0),
             .y = y + row * layout_.n + c,
             .y_row = layout_.n,
             .columns = static_cast<int>(std::min<int64_t>(fns_.columns, block.columns - c)),
             .fresh = from == 0});
      }
    }
  }

  const BatchMatmulFns& fns_;
  MatmulLayout layout_;
  MatmulEpilogue<float> epilogue_;
  const float *a_, *b_;
  float* y_;
  int64_t k_block_;
  MatmulBlocks blocks_;
  bool packs_a_;
  PackedWeight packed_;                       // b, if it is constant
  int64_t matrix_step_ = 0, panel_step_ = 0;  // of it, in rows of a panel
};

bool accepts_blocked(const StepBinding& b) { return b.operands[0].view.dtype == DType::f32; }
std::unique_ptr<CpuStep> bind_blocked(const StepBinding& b) { return std::make_unique<Blocked>(b); }
std::string_view blocked_layout(const StepBinding& b) {
  const MatmulLayout layout(b);
  if (layout.packed_b() != b.operands[1].view.dims) return kCanonicalLayout;
  return storable_layout(b, layout.packing(tile_columns(sizes_of(b.isa))));
}

// a + x y; integers wrap.
template <class T>
T multiply_add(T a, T x, T y) {
  if constexpr (std::is_floating_point_v<T>) {
    return a + x * y;
  } else {
    return static_cast<T>(static_cast<uint64_t>(a) +
                          static_cast<uint64_t>(x) * static_cast<uint64_t>(y));
  }
}

template <class T>
std::unique_ptr<CpuStep> bind_as(const StepBinding& b) {
  const MatmulLayout layout(b);
  const MatmulEpilogue<T> epilogue(b);
  const T *a = b.operands[0].view.as<T>(), *other = b.operands[1].view.as<T>();
  T* y = b.results[0].view.as<T>();
  return rows_step(layout.batch * layout.m, layout.n * layout.k, [=](int64_t first, int64_t count) {
    for (int64_t row = first; row < first + count; ++row) {
      const auto [a_offset, b_offset] = layout.matrices(row / layout.m);
      const T* left = a + a_offset + row % layout.m * layout.a_row;
      T* to = y + row * layout.n;
      std::fill_n(to, layout.n, T{0});
      for (int64_t i = 0; i < layout.k; ++i) {
        const T x = left[i * layout.a_k];
        const T* right = other + b_offset + i * layout.b_k;
        for (int64_t c = 0; c < layout.n; ++c) {
          to[c] = multiply_add(to[c], x, right[c * layout.b_column]);
        }
      }
      epilogue.run(row, 0, layout.n, to);
    }
  });
}

bool accepts(const StepBinding& b) {
  return b.operands[0].view.dtype != DType::boolean &&
         with_number(b.operands[0].view.dtype, []<class T>() {});
}

std::unique_ptr<CpuStep> bind(const StepBinding& b) {
  std::unique_ptr<CpuStep> step;
  with_number(b.operands[0].view.dtype, [&]<class T>() {
    if constexpr (!std::is_same_v<T, bool>) step = bind_as<T>(b);
  });
  return step;
}

}  // namespace

std::span<const CpuKernel> batch_matmul_cpu_kernels() {
  static constexpr CpuKernel kKernels[] = {
      {"batch_matmul",
       "bf16_tiles",
       accepts_matmul_bf16_tiles,
       bind_matmul_bf16_tiles,
       {},
       true,
       nullptr,
       Precision::bf16,
       "amx"},
      {"batch_matmul",
       "bf16",
       accepts_matmul_bf16,
       bind_matmul_bf16,
       {},
       true,
       nullptr,
       Precision::bf16},
      {"batch_matmul", "blocked", accepts_blocked, bind_blocked, {}, true, blocked_layout},
      {"batch_matmul", "generic", accepts, bind}};
  return kKernels;
}

}  // namespace hone
