#include <cstring>

#include "backend/cpu/rows_step.h"
#include "ops/shape_rules.h"
#include "ops/tensor_scatter/op.h"

namespace hone {
namespace {

// A row is one prefix: [time, inner] of past and of update. What would be written outside is not.
class TensorScatterStep final : public CpuStep {
 public:
  explicit TensorScatterStep(const StepBinding& b)
      : circular_(b.attrs->as<TensorScatterAttrs>().circular),
        past_(b.operands[0].view.data),
        update_(b.operands[1].view.data),
        first_(b.operands[2].present() ? b.operands[2].view.as<int64_t>() : nullptr),
        y_(b.results[0].view.data) {
    const Dims &past = b.operands[0].view.dims, &update = b.operands[1].view.dims;
    const size_t axis = find_axis(b.attrs->as<TensorScatterAttrs>().axis, past.rank()).value();
    entry_ = info(b.results[0].view.dtype).block_bytes;
    for (size_t i = axis + 1; i < past.rank(); ++i) entry_ *= past[i];
    times_ = past[axis], news_ = update[axis];
    for (size_t i = 1; i < axis; ++i) rows_a_batch_ *= past[i];
    rows_ = past.elements() == 0 ? 0 : past[0] * rows_a_batch_;
  }

  int64_t tiles() const override { return rows_; }
  void run(int64_t row, Scratch) override {
    std::byte* to = y_ + row * times_ * entry_;
    std::memcpy(to, past_ + row * times_ * entry_, static_cast<size_t>(times_ * entry_));
    int64_t first = first_ == nullptr ? 0 : first_[row / rows_a_batch_];
    if (circular_ && first >= 0) first %= times_;
    if (first < 0 || first >= times_) return;
    for (int64_t i = 0; i < news_; ++i) {
      const int64_t at = circular_ ? (first + i) % times_ : first + i;
      if (at >= times_) break;
      std::memcpy(to + at * entry_, update_ + (row * news_ + i) * entry_,
                  static_cast<size_t>(entry_));
    }
  }

 private:
  bool circular_;
  const std::byte *past_, *update_;
  const int64_t* first_;
  std::byte* y_;
  int64_t entry_ = 0, times_ = 0, news_ = 0, rows_ = 0, rows_a_batch_ = 1;
};

}  // namespace

std::span<const CpuKernel> tensor_scatter_cpu_kernels() {
  static constexpr CpuKernel kKernels[] = {{"tensor_scatter", "generic",
                                            [](const StepBinding&) { return true; },
                                            [](const StepBinding& b) -> std::unique_ptr<CpuStep> {
                                              return std::make_unique<TensorScatterStep>(b);
                                            }}};
  return kKernels;
}

}  // namespace hone
