// The sizes of a batch of matrix products, how it is cut into tiles, and what happens to sums.
#pragma once

#include <algorithm>
#include <array>
#include <type_traits>
#include <vector>

#include "backend/cpu/broadcast.h"
#include "backend/cpu/step.h"
#include "ops/batch_matmul/op.h"
#include "tensor/encode.h"
#include "tensor/layout/panels.h"

namespace hone {

// Leading axes, as a batch of matrices.
inline Dims batch_of(const Dims& dims) {
  return Dims(dims.sizes().first(dims.rank() < 2 ? 0 : dims.rank() - 2));
}

// `batch` products y [m, n] = a [m, k] b [k, n]; y is dense.
struct MatmulLayout {
  int64_t m = 1, n = 1, k = 1;
  int64_t a_row = 0, a_k = 1;     // strides of a
  int64_t b_k = 1, b_column = 1;  // strides of b
  int64_t batch = 1, b_matrices = 1;
  Broadcast<2> pairs;

  explicit MatmulLayout(const StepBinding& binding) : pairs(Dims{}, {Dims{}, Dims{}}) {
    const auto& attrs = binding.attrs->as<BatchMatmulAttrs>();
    const Dims &a = binding.operands[0].view.dims, &b = binding.operands[1].view.dims;
    k = a.back();
    if (a.rank() > 1) {
      m = a[a.rank() - 2];
      if (attrs.trans_a) std::swap(m, k);
      a_row = attrs.trans_a ? 1 : k;
      a_k = attrs.trans_a ? m : 1;
    }
    if (b.rank() > 1) n = attrs.trans_b ? b[b.rank() - 2] : b.back();
    b_k = attrs.trans_b ? 1 : n;
    b_column = attrs.trans_b ? k : 1;
    const Dims a_batch = batch_of(a), b_batch = batch_of(b);
    b_matrices = b_batch.elements();
    if (b_matrices == 1 && !attrs.trans_a) {  // rows of all products are rows of one
      m *= a_batch.elements();
      return;
    }
    std::vector<int64_t> sizes(std::max(a_batch.rank(), b_batch.rank()), 1);
    for (const Dims& dims : {a_batch, b_batch}) {
      for (size_t i = 0; i < dims.rank(); ++i) {
        int64_t& size = sizes[sizes.size() - dims.rank() + i];
        if (dims[i] != 1) size = dims[i];
      }
    }
    const Dims all{std::span<const int64_t>(sizes)};
    batch = all.elements();
    pairs = Broadcast<2>(all, {a_batch, b_batch});
  }

  // b's columns lie as rows, as where it is transposed.
  bool b_lies_in_rows() const { return b_column != 1; }
  // All matrices of b as one.
  Dims packed_b() const {
    return b_lies_in_rows() ? Dims{b_matrices * n, k} : Dims{b_matrices * k, n};
  }
  // Of that, `columns` at a time.
  std::string_view packing(int64_t columns) const {
    return b_lies_in_rows() ? row_panels(columns) : column_panels(columns);
  }

  struct Matrices {
    int64_t a, b;  // offsets in elements
  };
  Matrices matrices(int64_t product) const {
    const int64_t columns = pairs.columns(), column = product % columns;
    const auto row = pairs.offsets(product / columns);
    return {(row[0] + column * pairs.inner_stride(0)) * m * k,
            (row[1] + column * pairs.inner_stride(1)) * k * n};
  }
};

// How a product is cut into blocks of rows and columns, each a tile of the step.
struct MatmulBlocks {
  int64_t rows = 0, columns = 0;  // of a block
  int64_t row_blocks = 0, column_blocks = 0;
  int64_t tile_rows;  // at most, of a tile of a block

  // Blocks are halved until there are enough of them for the threads; rows are shared out evenly.
  MatmulBlocks(const StepBinding& b, const MatmulLayout& layout, int64_t panel_rows,
               int64_t panel_columns)
      : tile_rows(panel_rows) {
    halve_for_threads(b, layout, panel_columns);
    if (row_blocks > 0) rows = (layout.m + row_blocks - 1) / row_blocks;
  }
  int64_t tiles(const MatmulLayout& layout) const {
    return layout.batch * row_blocks * column_blocks;
  }

  struct Block {
    int64_t product, row, column, rows, columns, tile_rows;
    // Its rows are shared out evenly to tiles of at most tile_rows.
    int64_t tiles() const { return (rows + tile_rows - 1) / tile_rows; }
    int64_t tile_begin(int64_t tile) const { return rows * tile / tiles(); }
  };
  Block block(const MatmulLayout& layout, int64_t tile) const {
    Block block;
    block.tile_rows = tile_rows;
    block.product = tile / (row_blocks * column_blocks);
    block.row = tile / column_blocks % row_blocks * rows;
    block.column = tile % column_blocks * columns;
    block.rows = std::min(rows, layout.m - block.row);
    block.columns = std::min(columns, layout.n - block.column);
    return block;
  }

 private:
  static constexpr int64_t kMostRows = 112, kMostColumns = 512;
  // Multiplications that are worth a tile.
  static constexpr int64_t kTileWork = 250'000;

  void halve_for_threads(const StepBinding& b, const MatmulLayout& layout, int64_t panel_columns) {
    const int64_t panel_rows = tile_rows;
    const int64_t most_columns = with_grain(b, kMostColumns), tile_work = with_grain(b, kTileWork);
    const auto up = [](int64_t x, int64_t unit) { return (x + unit - 1) / unit * unit; };
    rows = std::min(up(layout.m, panel_rows), kMostRows / panel_rows * panel_rows);
    columns = std::min(up(layout.n, panel_columns), up(most_columns, panel_columns));
    while (true) {
      row_blocks = rows == 0 ? 0 : (layout.m + rows - 1) / rows;
      column_blocks = columns == 0 ? 0 : (layout.n + columns - 1) / columns;
      const double work =
          static_cast<double>(rows) * static_cast<double>(columns) * static_cast<double>(layout.k);
      const bool is_small = work < 2 * static_cast<double>(tile_work);
      if (b.threads == 1 || tiles(layout) >= 4 * b.threads || is_small) return;
      if (columns >= 2 * panel_columns && columns >= rows) {
        columns = up(columns / 2, panel_columns);
      } else if (rows >= 2 * panel_rows) {
        rows = up(rows / 2, panel_rows);
      } else {
        return;
      }
    }
  }
};

// y = alpha y + beta c, for a part of a row of y; rows are counted over all products.
template <class T>
class MatmulEpilogue {
 public:
  explicit MatmulEpilogue(const StepBinding& b)
      : alpha_(b.attrs->as<BatchMatmulAttrs>().alpha),
        beta_(b.attrs->as<BatchMatmulAttrs>().beta),
        dtype_(b.results[0].view.dtype),
        c_(b.operands[2].view.as<T>()) {
    const Dims &y = b.results[0].view.dims, &c = b.operands[2].view.dims;
    // The axis of columns is the last, unless b had none.
    const size_t outer = b.operands[1].view.dims.rank() > 1 ? y.rank() - 1 : y.rank();
    int64_t stride = 1;
    for (size_t i = 0; i < y.rank() && c_ != nullptr; ++i) {
      const size_t axis = y.rank() - 1 - i;
      const int64_t own = i < c.rank() ? c[c.rank() - 1 - i] : 1;
      const int64_t step = own == 1 ? 0 : stride;
      stride *= own;
      if (axis >= outer) {
        column_step_ = step;
      } else {
        sizes_[rank_] = y[axis];
        steps_[rank_++] = step;
      }
    }
  }

  bool is_needed() const { return alpha_ != 1 || c_ != nullptr; }

  void run(int64_t row, int64_t column, int64_t count, T* y) const {
    if (alpha_ != 1) {
      for (int64_t i = 0; i < count; ++i) y[i] = scaled(alpha_, y[i]);
    }
    if (c_ == nullptr) return;
    int64_t at = column * column_step_;
    for (size_t i = 0; i < rank_; ++i) {
      at += row % sizes_[i] * steps_[i];
      row /= sizes_[i];
    }
    const T* c = c_ + at;
    if (column_step_ == 1 && beta_ == 1) {
      for (int64_t i = 0; i < count; ++i) y[i] = plus(y[i], c[i]);
    } else {
      for (int64_t i = 0; i < count; ++i) y[i] = plus(y[i], scaled(beta_, c[i * column_step_]));
    }
  }

 private:
  // Of integers: truncated and clamped.
  T scaled(float factor, T x) const {
    if constexpr (std::is_floating_point_v<T>) return static_cast<T>(factor) * x;
    if (factor == 1) return x;
    T element;
    encode_element(dtype_, static_cast<double>(factor) * static_cast<double>(x),
                   reinterpret_cast<std::byte*>(&element));
    return element;
  }
  static T plus(T a, T b) {
    if constexpr (std::is_floating_point_v<T>) return a + b;
    return static_cast<T>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
  }

  float alpha_, beta_;
  DType dtype_;
  const T* c_;
  int64_t column_step_ = 0;
  size_t rank_ = 0;
  std::array<int64_t, kMaxRank> sizes_{}, steps_{};  // rows of y, innermost first
};

}  // namespace hone
