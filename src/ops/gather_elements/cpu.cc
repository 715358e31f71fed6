#include "backend/cpu/elements_walk.h"
#include "backend/cpu/indices.h"
#include "backend/cpu/rows_step.h"
#include "ops/gather_elements/op.h"
#include "ops/shape_rules.h"
#include "tensor/numbers.h"

namespace hone {
namespace {

// An index that lies outside picks 0.
template <class T>
class GatherElementsStep final : public CpuStep {
 public:
  explicit GatherElementsStep(const StepBinding& b)
      : walk_(b.operands[1].view.dims, b.operands[0].view.dims,
              find_axis(b.attrs->as<GatherElementsAttrs>().axis, b.operands[0].view.dims.rank())
                  .value()),
        index_(b.operands[1]),
        x_(b.operands[0].view.as<T>()),
        y_(b.results[0].view.as<T>()),
        rows_a_tile_(std::max<int64_t>(1, kElementsATile / std::max<int64_t>(1, walk_.columns()))) {
  }

  int64_t tiles() const override { return (walk_.rows() + rows_a_tile_ - 1) / rows_a_tile_; }
  Status check() const override { return index_.check(walk_.axis_size()); }
  void run(int64_t tile, Scratch) override {
    const int64_t last = std::min(walk_.rows(), (tile + 1) * rows_a_tile_);
    for (int64_t row = tile * rows_a_tile_; row < last; ++row) {
      const T* from = x_ + walk_.offset(row);
      const int64_t first = row * walk_.columns();
      for (int64_t c = 0; c < walk_.columns(); ++c) {
        const int64_t at = index_.within(first + c, walk_.axis_size());
        y_[first + c] = at < 0 ? T{} : from[walk_.at(c, at)];
      }
    }
  }

 private:
  ElementsWalk walk_;
  Indices index_;
  const T* x_;
  T* y_;
  int64_t rows_a_tile_;
};

std::unique_ptr<CpuStep> bind(const StepBinding& b) {
  std::unique_ptr<CpuStep> step;
  with_width(b.results[0].view.dtype,
             [&]<class T>() { step = std::make_unique<GatherElementsStep<T>>(b); });
  return step;
}

}  // namespace

std::span<const CpuKernel> gather_elements_cpu_kernels() {
  static constexpr CpuKernel kKernels[] = {
      {"gather_elements", "generic", [](const StepBinding&) { return true; }, bind}};
  return kKernels;
}

}  // namespace hone
