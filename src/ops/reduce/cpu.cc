#include "ops/reduce/cpu.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <type_traits>

#include "backend/cpu/isa_table.h"
#include "backend/cpu/rows_step.h"
#include "ops/reduce/op.h"
#include "tensor/encode.h"
#include "tensor/numbers.h"

namespace hone {

HONE_ISA_TABLE(ReduceFns, reduce_fns)

namespace {

using Kind = ReduceKind;
using Part = ReducePart;

// Axes of x, outermost first; neighbors of one sort have become one.
class AxisList {
 public:
  void add_in_front(int64_t size, int64_t stride) {
    if (rank_ > 0 && strides_[rank_ - 1] * sizes_[rank_ - 1] == stride) {
      sizes_[rank_ - 1] *= size;
    } else {
      sizes_[rank_] = size;
      strides_[rank_++] = stride;
    }
  }
  // Takes the innermost axis out if its elements are neighbors; its size, or 1.
  int64_t take_inner() {
    if (rank_ == 0 || strides_[0] != 1) return 1;
    const int64_t size = sizes_[0];
    std::shift_left(sizes_.begin(), sizes_.end(), 1);
    std::shift_left(strides_.begin(), strides_.end(), 1);
    --rank_;
    return size;
  }
  int64_t elements() const {
    int64_t all = 1;
    for (size_t i = 0; i < rank_; ++i) all *= sizes_[i];
    return all;
  }
  // Where element `index` of these axes lies.
  int64_t offset(int64_t index) const {
    int64_t at = 0;
    for (size_t i = 0; i < rank_; ++i) {
      at += index % sizes_[i] * strides_[i];
      index /= sizes_[i];
    }
    return at;
  }

 private:
  std::array<int64_t, kMaxRank> sizes_{}, strides_{};  // innermost first
  size_t rank_ = 0;
};

struct Layout {
  AxisList kept, reduced;
  double count;  // elements behind a result

  explicit Layout(const StepBinding& b) {
    const Dims& x = b.operands[0].view.dims;
    const View axes = b.operands[1].view;
    const OperandType type{{axes.dtype, axes.dims.shape()}, axes};
    const auto marks =
        reduced_axes(b.attrs->as<ReduceAttrs>(), axes.data == nullptr ? nullptr : &type, x.rank());
    int64_t stride = 1;
    for (size_t i = x.rank(); i-- > 0;) {
      if (x[i] != 1) ((*marks)[i] ? reduced : kept).add_in_front(x[i], stride);
      stride *= x[i];
    }
    count = static_cast<double>(reduced.elements());
  }
};

Part part_of(Kind kind) {
  switch (kind) {
    case Kind::sum:
    case Kind::mean:
    case Kind::log_sum:
      return Part::sum;
    case Kind::l1:
      return Part::sum_abs;
    case Kind::l2:
    case Kind::sum_square:
      return Part::sum_square;
    case Kind::log_sum_exp:
      return Part::sum_exp;
    case Kind::prod:
      return Part::prod;
    case Kind::max:
      return Part::max;
    case Kind::min:
      return Part::min;
  }
  return Part::sum;
}

double start_of(Part part) {
  if (part == Part::max) return -std::numeric_limits<double>::infinity();
  if (part == Part::min) return std::numeric_limits<double>::infinity();
  return part == Part::prod ? 1 : 0;
}

double join(Part part, double all, double one) {
  switch (part) {
    case Part::max:
      return one > all || std::isnan(one) ? one : all;
    case Part::min:
      return one < all || std::isnan(one) ? one : all;
    case Part::prod:
      return all * one;
    default:
      return all + one;
  }
}

double element(Part part, double x, double shift) {
  if (part == Part::sum_abs) return std::abs(x);
  if (part == Part::sum_square) return x * x;
  return part == Part::sum_exp ? std::exp(x - shift) : x;
}

double finish(Kind kind, double part, double count, double shift) {
  switch (kind) {
    case Kind::mean:
      return part / count;
    case Kind::l2:
      return std::sqrt(part);
    case Kind::log_sum:
      return std::log(part);
    case Kind::log_sum_exp:  // an infinite or missing peak is the result
      return std::isfinite(shift) ? std::log(part) + shift : shift;
    default:
      return part;
  }
}

// The innermost axis is reduced: results one by one, each over rows of neighbors. Sums of a few
// thousand floats are gathered in double.
std::unique_ptr<CpuStep> bind_rows(const StepBinding& b, Layout layout) {
  constexpr int64_t kRun = 4096;
  const ReduceFns& fns = reduce_fns(b.isa);
  const Kind kind = b.attrs->as<ReduceAttrs>().kind;
  const auto* x = b.operands[0].view.as<float>();
  auto* y = b.results[0].view.as<float>();
  const int64_t n = layout.reduced.take_inner();
  const int64_t runs = layout.reduced.elements();
  const auto gather = [=, &fns](const float* from, Part part, float shift) {
    double all = start_of(part);
    for (int64_t run = 0; run < runs; ++run) {
      const float* row = from + layout.reduced.offset(run);
      for (int64_t i = 0; i < n; i += kRun) {
        const float one =
            fns.rows[static_cast<size_t>(part)](row + i, std::min(kRun, n - i), shift);
        all = join(part, all, static_cast<double>(one));
      }
    }
    return all;
  };
  return rows_step(layout.kept.elements(), n * runs, [=](int64_t first, int64_t count) {
    for (int64_t i = first; i < first + count; ++i) {
      const float* from = x + layout.kept.offset(i);
      const double shift = kind == Kind::log_sum_exp ? gather(from, Part::max, 0.0f) : 0;
      const double all = gather(from, part_of(kind), static_cast<float>(shift));
      y[i] = static_cast<float>(finish(kind, all, layout.count, shift));
    }
  });
}

// The innermost axis stays: blocks of neighboring results gather row after row.
class Columns {
 public:
  static constexpr int64_t kBlock = 512;
  // Rows whose sum is gathered in float before it is added in double.
  static constexpr int64_t kRun = 64;

  Columns(const AxisList& reduced, const ReduceFns& fns) : reduced_(reduced), fns_(fns) {}

  // Gathers `part` of n columns that begin at x.
  void gather(const float* x, int64_t n, Part part, const float* shift, double* all) const {
    float run[kBlock];
    const int64_t rows = reduced_.elements();
    std::fill_n(all, n, start_of(part));
    for (int64_t row = 0; row < rows; row += kRun) {
      std::fill_n(run, n, static_cast<float>(start_of(part)));
      for (int64_t i = row; i < std::min(rows, row + kRun); ++i) {
        fns_.columns[static_cast<size_t>(part)](x + reduced_.offset(i), n, shift, run);
      }
      for (int64_t i = 0; i < n; ++i) all[i] = join(part, all[i], static_cast<double>(run[i]));
    }
  }

 private:
  AxisList reduced_;
  const ReduceFns& fns_;
};

std::unique_ptr<CpuStep> bind_columns(const StepBinding& b, Layout layout) {
  const Kind kind = b.attrs->as<ReduceAttrs>().kind;
  const auto* x = b.operands[0].view.as<float>();
  auto* y = b.results[0].view.as<float>();
  const int64_t columns = layout.kept.take_inner();
  const int64_t blocks = (columns + Columns::kBlock - 1) / Columns::kBlock;
  const Columns work(layout.reduced, reduce_fns(b.isa));
  const int64_t block_work =
      std::min(columns, Columns::kBlock) * std::max<int64_t>(1, layout.reduced.elements());
  return rows_step(layout.kept.elements() * blocks, block_work, [=](int64_t first, int64_t count) {
    double all[Columns::kBlock], peaks[Columns::kBlock] = {};
    float shift[Columns::kBlock] = {};
    for (int64_t unit = first; unit < first + count; ++unit) {
      const int64_t row = unit / blocks, column = unit % blocks * Columns::kBlock;
      const int64_t n = std::min(Columns::kBlock, columns - column);
      const float* from = x + layout.kept.offset(row) + column;
      if (kind == Kind::log_sum_exp) {
        work.gather(from, n, Part::max, shift, peaks);
        for (int64_t i = 0; i < n; ++i) shift[i] = static_cast<float>(peaks[i]);
      }
      work.gather(from, n, part_of(kind), shift, all);
      for (int64_t i = 0; i < n; ++i) {
        y[row * columns + column + i] =
            static_cast<float>(finish(kind, all[i], layout.count, peaks[i]));
      }
    }
  });
}

bool accepts_f32(const StepBinding& b) { return b.operands[0].view.dtype == DType::f32; }

std::unique_ptr<CpuStep> bind_f32(const StepBinding& b) {
  Layout layout(b);
  AxisList inner = layout.reduced;
  // A reduced axis of neighbors, or nothing that stays.
  const bool in_rows = inner.take_inner() > 1 || layout.kept.elements() <= 1;
  return in_rows ? bind_rows(b, layout) : bind_columns(b, layout);
}

// Integers: sums and products wrap, a mean is truncated.
template <class T>
T integer_result(Kind kind, const T* x, const AxisList& reduced, int64_t count) {
  uint64_t all = kind == Kind::prod;
  T least = std::numeric_limits<T>::max(), most = std::numeric_limits<T>::lowest();
  for (int64_t i = 0; i < count; ++i) {
    const T value = x[reduced.offset(i)];
    const auto wide = static_cast<uint64_t>(value);
    least = std::min(least, value);
    most = std::max(most, value);
    if (kind == Kind::prod) all *= wide;
    if (kind == Kind::sum_square) all += wide * wide;
    if (kind == Kind::l1) all += value < T{0} ? uint64_t{0} - wide : wide;
    if (kind == Kind::sum || kind == Kind::mean) all += wide;
  }
  if (kind == Kind::max) return most;
  if (kind == Kind::min) return least;
  if (kind == Kind::mean && std::is_signed_v<T>) {
    return count == 0 ? T{0} : static_cast<T>(static_cast<int64_t>(all) / count);
  }
  if (kind == Kind::mean) all = count == 0 ? 0 : all / static_cast<uint64_t>(count);
  return static_cast<T>(all);
}

template <class T>
double real_result(Kind kind, const T* x, const AxisList& reduced, int64_t count) {
  const auto gather = [&](Part part, double shift) {
    double all = start_of(part);
    for (int64_t i = 0; i < count; ++i) {
      const auto value = static_cast<double>(x[reduced.offset(i)]);
      all = join(part, all, element(part, value, shift));
    }
    return all;
  };
  const double shift = kind == Kind::log_sum_exp ? gather(Part::max, 0) : 0;
  return finish(kind, gather(part_of(kind), shift), static_cast<double>(count), shift);
}

template <class T>
std::unique_ptr<CpuStep> bind_as(const StepBinding& b, const Layout& layout) {
  const Kind kind = b.attrs->as<ReduceAttrs>().kind;
  const DType dtype = b.operands[0].view.dtype;
  const T* x = b.operands[0].view.as<T>();
  T* y = b.results[0].view.as<T>();
  const int64_t count = layout.reduced.elements();
  const bool whole = std::is_integral_v<T> && kind != Kind::l2 && kind != Kind::log_sum &&
                     kind != Kind::log_sum_exp;
  return rows_step(layout.kept.elements(), count, [=](int64_t first, int64_t results) {
    for (int64_t i = first; i < first + results; ++i) {
      const T* from = x + layout.kept.offset(i);
      if (whole) {
        y[i] = integer_result(kind, from, layout.reduced, count);
      } else {
        const double value = real_result(kind, from, layout.reduced, count);
        encode_element(dtype, value, reinterpret_cast<std::byte*>(y + i));
      }
    }
  });
}

bool accepts(const StepBinding& b) {
  return with_number(b.operands[0].view.dtype, []<class T>() {});
}

std::unique_ptr<CpuStep> bind(const StepBinding& b) {
  std::unique_ptr<CpuStep> step;
  with_number(b.operands[0].view.dtype, [&]<class T>() { step = bind_as<T>(b, Layout(b)); });
  return step;
}

}  // namespace

std::span<const CpuKernel> reduce_cpu_kernels() {
  static constexpr CpuKernel kKernels[] = {{"reduce", "f32", accepts_f32, bind_f32},
                                           {"reduce", "generic", accepts, bind}};
  return kKernels;
}

}  // namespace hone
