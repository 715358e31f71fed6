#include "ops/resize/cpu.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

#include "backend/cpu/isa_table.h"
#include "backend/cpu/rows_step.h"
#include "ops/resize/cpu_copies.h"
#include "ops/resize/op.h"
#include "ops/shape_rules.h"
#include "tensor/numbers.h"

namespace hone {

HONE_ISA_TABLE(ResizeFns, resize_fns)

namespace {

std::vector<double> doubles(const Operand& operand) {
  if (!operand.present()) return {};
  const TensorType type{operand.view.dtype, operand.view.dims.shape()};
  return known_doubles({type, operand.view}).value_or(std::vector<double>{});
}

std::vector<ResizeTaps> taps_of(const StepBinding& b) {
  const auto& attrs = b.attrs->as<ResizeAttrs>();
  ResizeTargets targets{
      .roi = doubles(b.operands[1]), .scales = doubles(b.operands[2]), .sizes = {}};
  for (const double size : doubles(b.operands[3])) {
    targets.sizes.push_back(static_cast<int64_t>(size));
  }
  const auto axes = resize_axes(attrs, b.operands[0].view.dims.sizes(), targets);
  std::vector<ResizeTaps> taps;
  for (const ResizeAxis& axis : *axes) taps.push_back(resize_taps(attrs, axis));
  return taps;
}

// One place after another, a weighted sum over all axes.
template <class T>
struct Generic {
  std::vector<ResizeTaps> taps;
  Dims in, out;
  double extrapolation;
  const T* x;
  T* y;

  double look(const std::array<int64_t, kMaxRank>& place, size_t axis, int64_t offset) const {
    if (axis == taps.size()) return static_cast<double>(x[offset]);
    const ResizeTaps& t = taps[axis];
    const auto i = static_cast<size_t>(place[axis]);
    if (!t.outside.empty() && t.outside[i]) return extrapolation;
    const size_t first = i * static_cast<size_t>(t.count);
    if (t.count == 1) return look(place, axis + 1, offset * in[axis] + t.index[first]);
    double sum = 0;
    for (size_t k = first; k < first + static_cast<size_t>(t.count); ++k) {
      sum +=
          static_cast<double>(t.weight[k]) * look(place, axis + 1, offset * in[axis] + t.index[k]);
    }
    return sum;
  }

  void places(int64_t first, int64_t count) const {
    std::array<int64_t, kMaxRank> place{};
    for (int64_t i = first; i < first + count; ++i) {
      int64_t rest = i;
      for (size_t a = taps.size(); a-- > 0; rest /= out[a]) place[a] = rest % out[a];
      y[i] = convert(look(place, 0, 0));
    }
  }

  static T convert(double value) {
    if constexpr (std::is_floating_point_v<T>) {
      return static_cast<T>(value);
    } else if constexpr (std::is_same_v<T, bool>) {
      return value != 0;
    } else {
      const auto low = static_cast<double>(std::numeric_limits<T>::lowest());
      const auto high = static_cast<double>(std::numeric_limits<T>::max());
      if (!(value > low)) return std::numeric_limits<T>::lowest();
      return value >= high ? std::numeric_limits<T>::max() : static_cast<T>(value);
    }
  }
};

std::unique_ptr<CpuStep> bind(const StepBinding& b) {
  const View &x = b.operands[0].view, &y = b.results[0].view;
  std::unique_ptr<CpuStep> step;
  if (y.dims.elements() == 0) return rows_step(0, 1, [](int64_t, int64_t) {});
  with_number(x.dtype, [&]<class T>() {
    const double extrapolation = static_cast<double>(b.attrs->as<ResizeAttrs>().extrapolation);
    const Generic<T> resize{taps_of(b), x.dims, y.dims, extrapolation, x.as<T>(), y.as<T>()};
    step = rows_step(y.dims.elements(), 8,
                     [=](int64_t first, int64_t count) { resize.places(first, count); });
  });
  return step;
}

bool accepts(const StepBinding& b) {
  return with_number(b.operands[0].view.dtype, []<class T>() {});
}

// Rows of the last two axes, the others as they are.
class ResizeRowsStep final : public CpuStep {
 public:
  explicit ResizeRowsStep(const StepBinding& b)
      : fns_(resize_fns(b.isa)), x_(b.operands[0].view), y_(b.results[0].view) {
    std::vector<ResizeTaps> taps = taps_of(b);
    columns_ = std::move(taps.back());
    taps.pop_back();
    rows_ = std::move(taps.back());
    const size_t rank = y_.dims.rank();
    height_ = y_.dims[rank - 2];
    width_ = y_.dims[rank - 1];
    turn_columns();
    rows_a_tile_ = std::max<int64_t>(1, kElementsATile / width_);
  }
  int64_t tiles() const override { return (all_rows() + rows_a_tile_ - 1) / rows_a_tile_; }
  size_t scratch_bytes() const override {
    return static_cast<size_t>(x_.dims.back()) * sizeof(float);
  }
  void run(int64_t tile, Scratch scratch) override {
    const int64_t end = std::min(all_rows(), (tile + 1) * rows_a_tile_);
    const int64_t x_height = x_.dims[x_.dims.rank() - 2], x_width = x_.dims.back();
    for (int64_t i = tile * rows_a_tile_; i < end; ++i) {
      const int64_t plane = i / height_, row = i % height_;
      fns_.row({.x = x_.as<float>() + plane * x_height * x_width,
                .x_width = x_width,
                .rows = rows_.index.data() + row * rows_.count,
                .row_weights = rows_.weight.data() + row * rows_.count,
                .row_taps = rows_.count,
                .columns = column_index_.data(),
                .column_weights = column_weight_.data(),
                .column_taps = columns_.count,
                .width = width_,
                .sum = reinterpret_cast<float*>(scratch.data()),
                .y = y_.as<float>() + i * width_});
    }
  }

 private:
  int64_t all_rows() const { return y_.dims.elements() / width_; }
  // Taps outermost, so that vectors run along the row.
  void turn_columns() {
    const auto count = static_cast<size_t>(columns_.count), width = static_cast<size_t>(width_);
    for (size_t k = 0; k < count; ++k) {
      for (size_t i = 0; i < width; ++i) {
        column_index_.push_back(static_cast<int32_t>(columns_.index[i * count + k]));
        column_weight_.push_back(columns_.weight[i * count + k]);
      }
    }
  }

  const ResizeFns& fns_;
  View x_, y_;
  ResizeTaps rows_, columns_;
  std::vector<int32_t> column_index_;
  std::vector<float> column_weight_;
  int64_t height_ = 1, width_ = 1, rows_a_tile_ = 1;
};

bool accepts_rows(const StepBinding& b) {
  const View &x = b.operands[0].view, &y = b.results[0].view;
  const size_t rank = x.dims.rank();
  const auto& attrs = b.attrs->as<ResizeAttrs>();
  if (x.dtype != DType::f32 || rank < 2 || y.dims.elements() == 0 ||
      attrs.coordinates == ResizeAttrs::Coordinates::tf_crop_and_resize ||
      x.dims.back() > std::numeric_limits<int32_t>::max()) {
    return false;
  }
  const std::vector<ResizeTaps> taps = taps_of(b);
  return std::all_of(taps.begin(), taps.end() - 2,
                     [](const ResizeTaps& t) { return t.is_identity; });
}

std::unique_ptr<CpuStep> bind_rows(const StepBinding& b) {
  return std::make_unique<ResizeRowsStep>(b);
}

bool accepts_copies(const StepBinding& b) {
  return b.results[0].view.dims.elements() > 0 && is_copied(b.operands[0].view.dtype, taps_of(b));
}

std::unique_ptr<CpuStep> bind_copies(const StepBinding& b) {
  return copies_step(b.operands[0].view, b.results[0].view, taps_of(b));
}

}  // namespace

std::span<const CpuKernel> resize_cpu_kernels() {
  static constexpr CpuKernel kKernels[] = {{"resize", "copies", accepts_copies, bind_copies},
                                           {"resize", "rows", accepts_rows, bind_rows},
                                           {"resize", "generic", accepts, bind}};
  return kKernels;
}

}  // namespace hone
