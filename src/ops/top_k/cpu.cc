#include <algorithm>
#include <numeric>

#include "backend/cpu/rows_step.h"
#include "ops/shape_rules.h"
#include "ops/top_k/op.h"
#include "tensor/numbers.h"

namespace hone {
namespace {

template <class T>
bool larger(T a, T b) {
  return a != a ? b == b : a > b;
}

// A row is one line along the axis; its elements stand `stride_` apart.
template <class T>
class TopKStep final : public CpuStep {
 public:
  explicit TopKStep(const StepBinding& b)
      : largest_(b.attrs->as<TopKAttrs>().largest),
        x_(b.operands[0].view.as<T>()),
        y_(b.results[0].view.as<int64_t>()) {
    const Dims &x = b.operands[0].view.dims, &y = b.results[0].view.dims;
    const size_t axis = find_axis(b.attrs->as<TopKAttrs>().axis, x.rank()).value();
    size_ = x[axis], k_ = y[axis];
    for (size_t i = 0; i < axis; ++i) rows_ *= x[i];
    for (size_t i = axis + 1; i < x.rank(); ++i) stride_ *= x[i];
    rows_ = k_ == 0 ? 0 : rows_ * stride_;
    rows_a_tile_ = std::max<int64_t>(1, kElementsATile / 4 / std::max<int64_t>(1, size_));
  }

  int64_t tiles() const override { return (rows_ + rows_a_tile_ - 1) / rows_a_tile_; }
  size_t scratch_bytes() const override { return static_cast<size_t>(size_) * sizeof(int64_t); }
  void run(int64_t tile, Scratch scratch) override {
    auto* order = reinterpret_cast<int64_t*>(scratch.data());
    const int64_t last = std::min(rows_, (tile + 1) * rows_a_tile_);
    for (int64_t row = tile * rows_a_tile_; row < last; ++row) {
      const int64_t outer = row / stride_, inner = row % stride_;
      const T* x = x_ + outer * size_ * stride_ + inner;
      sort(x, order);
      int64_t* y = y_ + outer * k_ * stride_ + inner;
      for (int64_t i = 0; i < k_; ++i) y[i * stride_] = order[i];
    }
  }

 private:
  void sort(const T* x, int64_t* order) const {
    std::iota(order, order + size_, int64_t{0});
    const auto before = [&](int64_t a, int64_t b) {
      const T first = x[a * stride_], second = x[b * stride_];
      if (larger(first, second)) return largest_;
      if (larger(second, first)) return !largest_;
      return a < b;
    };
    std::partial_sort(order, order + k_, order + size_, before);
  }

  bool largest_;
  const T* x_;
  int64_t* y_;
  int64_t size_ = 0, k_ = 0, stride_ = 1, rows_ = 1, rows_a_tile_ = 1;
};

bool accepts(const StepBinding& b) {
  return with_number(b.operands[0].view.dtype, []<class T>() {});
}

std::unique_ptr<CpuStep> bind(const StepBinding& b) {
  std::unique_ptr<CpuStep> step;
  with_number(b.operands[0].view.dtype,
              [&]<class T>() { step = std::make_unique<TopKStep<T>>(b); });
  return step;
}

}  // namespace

std::span<const CpuKernel> top_k_cpu_kernels() {
  static constexpr CpuKernel kKernels[] = {{"top_k", "generic", accepts, bind}};
  return kKernels;
}

}  // namespace hone
