#include "ops/batch_matmul/cpu.h"

#include <algorithm>
#include <array>
#include <type_traits>
#include <vector>

#include "backend/cpu/broadcast.h"
#include "backend/cpu/isa_table.h"
#include "backend/cpu/packed_weights.h"
#include "backend/cpu/rows_step.h"
#include "ops/batch_matmul/op.h"
#include "tensor/encode.h"
#include "tensor/layout/panels.h"
#include "tensor/numbers.h"

namespace hone {

HONE_ISA_TABLE(BatchMatmulFns, batch_matmul_fns)

namespace {

// Leading axes, as a batch of matrices.
Dims batch_of(const Dims& dims) {
  return Dims(dims.sizes().first(dims.rank() < 2 ? 0 : dims.rank() - 2));
}

// `batch` products y [m, n] = a [m, k] b [k, n]; y is dense.
struct Layout {
  int64_t m = 1, n = 1, k = 1;
  int64_t a_row = 0, a_k = 1;     // strides of a
  int64_t b_k = 1, b_column = 1;  // strides of b
  int64_t batch = 1, b_matrices = 1;
  Broadcast<2> pairs;

  explicit Layout(const StepBinding& binding) : pairs(Dims{}, {Dims{}, Dims{}}) {
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

// y = alpha y + beta c, for a part of a row of y; rows are counted over all products.
template <class T>
class Epilogue {
 public:
  explicit Epilogue(const StepBinding& b)
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

// Blocked over k, rows and columns; both operands are packed so that the innermost loop reads them
// in order. A tile of the step is a block of rows and columns of one product.
class Blocked final : public CpuStep {
 public:
  explicit Blocked(const StepBinding& b)
      : fns_(batch_matmul_fns(b.isa)),
        layout_(b),
        epilogue_(b),
        a_(b.operands[0].view.as<float>()),
        b_(b.operands[1].view.as<float>()),
        y_(b.results[0].view.as<float>()),
        k_block_(kPanelFloats / fns_.columns) {
    choose_blocks(b);
    if (!b.operands[1].is_constant) return;
    const bool rows = layout_.b_lies_in_rows();
    packed_ = PackedWeight(b, layout_.packing(fns_.columns), layout_.packed_b(),
                           rows ? layout_.b_matrices : 1);
    matrix_step_ = rows ? panels() * layout_.k : layout_.k;
    panel_step_ = rows ? layout_.k : layout_.b_matrices * layout_.k;
  }

  int64_t tiles() const override { return layout_.batch * row_blocks_ * column_blocks_; }

  size_t scratch_bytes() const override {
    return sizeof(float) * static_cast<size_t>(k_block_ * (rows_ + columns_));
  }

  void run(int64_t tile, Scratch scratch) override {
    Block block;
    block.product = tile / (row_blocks_ * column_blocks_);
    block.row = tile / column_blocks_ % row_blocks_ * rows_;
    block.column = tile % column_blocks_ * columns_;
    block.rows = std::min(rows_, layout_.m - block.row);
    block.columns = std::min(columns_, layout_.n - block.column);
    auto* a = reinterpret_cast<float*>(scratch.data());
    float* b = a + k_block_ * rows_;
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
  static constexpr int64_t kMostRows = 112, kMostColumns = 512;
  // Multiplications that are worth a tile.
  static constexpr int64_t kTileWork = 250'000;

  struct Block {
    int64_t product, row, column, rows, columns;
  };

  // Blocks are halved until there are enough of them for the threads.
  void choose_blocks(const StepBinding& b) {
    const int64_t most_columns = with_grain(b, kMostColumns), tile_work = with_grain(b, kTileWork);
    const int64_t panel_rows = fns_.rows, panel_columns = fns_.columns;
    const auto up = [](int64_t x, int64_t unit) { return (x + unit - 1) / unit * unit; };
    rows_ = std::min(up(layout_.m, panel_rows), kMostRows / panel_rows * panel_rows);
    columns_ = std::min(up(layout_.n, panel_columns), up(most_columns, panel_columns));
    while (true) {
      row_blocks_ = rows_ == 0 ? 0 : (layout_.m + rows_ - 1) / rows_;
      column_blocks_ = columns_ == 0 ? 0 : (layout_.n + columns_ - 1) / columns_;
      const double work = static_cast<double>(rows_) * static_cast<double>(columns_) *
                          static_cast<double>(layout_.k);
      const bool is_small = work < 2 * static_cast<double>(tile_work);
      if (b.threads == 1 || tiles() >= 4 * b.threads || is_small) return;
      if (columns_ >= 2 * panel_columns && columns_ >= rows_) {
        columns_ = up(columns_ / 2, panel_columns);
      } else if (rows_ >= 2 * panel_rows) {
        rows_ = up(rows_ / 2, panel_rows);
      } else {
        return;
      }
    }
  }

  // Packs rows [row, row + count) of a for `k` places: the rows' numbers of one place together.
  void pack_rows(const float* a, int64_t count, int64_t k, float* to) const {
    for (int64_t r = 0; r < count; ++r) {
      const float* from = a + r * layout_.a_row;
      for (int64_t i = 0; i < k; ++i) to[i * count + r] = from[i * layout_.a_k];
    }
  }

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

  // Adds the products of places [from, from + k) to a block of y.
  void multiply(const Block& block, int64_t from, int64_t k, float* packed_a, float* room) const {
    const auto [a_offset, b_offset] = layout_.matrices(block.product);
    const float* a = a_ + a_offset + block.row * layout_.a_row + from * layout_.a_k;
    for (int64_t r = 0; r < block.rows; r += fns_.rows) {
      pack_rows(a + r * layout_.a_row, std::min<int64_t>(fns_.rows, block.rows - r), k,
                packed_a + r * k);
    }
    float* y = y_ + (block.product * layout_.m + block.row) * layout_.n + block.column;
    const bool direct = block.rows <= fns_.rows;  // a panel that is read once is not packed
    for (int64_t c = 0; c < block.columns; c += fns_.columns) {
      const Panel panel = panel_at(b_offset, block.column + c, from, k, direct, room);
      const auto n = static_cast<int>(std::min<int64_t>(fns_.columns, block.columns - c));
      for (int64_t r = 0; r < block.rows; r += fns_.rows) {
        const auto rows = std::min<int64_t>(fns_.rows, block.rows - r);
        fns_.tiles[rows](packed_a + r * k, panel.data, panel.stride, k, from == 0,
                         y + r * layout_.n + c, layout_.n, n);
      }
    }
  }

  const BatchMatmulFns& fns_;
  Layout layout_;
  Epilogue<float> epilogue_;
  const float *a_, *b_;
  float* y_;
  int64_t k_block_;
  int64_t rows_ = 0, columns_ = 0, row_blocks_ = 0, column_blocks_ = 0;
  PackedWeight packed_;                       // b, if it is constant
  int64_t matrix_step_ = 0, panel_step_ = 0;  // of it, in rows of a panel
};

bool accepts_blocked(const StepBinding& b) { return b.operands[0].view.dtype == DType::f32; }
std::unique_ptr<CpuStep> bind_blocked(const StepBinding& b) { return std::make_unique<Blocked>(b); }
std::string_view blocked_layout(const StepBinding& b) {
  const Layout layout(b);
  if (layout.packed_b() != b.operands[1].view.dims) return kCanonicalLayout;
  return storable_layout(b, layout.packing(batch_matmul_fns(b.isa).columns));
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
  const Layout layout(b);
  const Epilogue<T> epilogue(b);
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
      {"batch_matmul", "blocked", accepts_blocked, bind_blocked, {}, true, blocked_layout},
      {"batch_matmul", "generic", accepts, bind}};
  return kKernels;
}

}  // namespace hone
