#include <cstring>

#include "backend/cpu/elements_walk.h"
#include "backend/cpu/indices.h"
#include "ops/scatter_elements/op.h"
#include "ops/shape_rules.h"
#include "tensor/numbers.h"

namespace hone {
namespace {

// One tile, for updates of one place must happen in their order. An index that lies outside
// updates nothing.
template <class T>
class ScatterElementsStep final : public CpuStep {
 public:
  explicit ScatterElementsStep(const StepBinding& b)
      : attrs_(b.attrs->as<ScatterElementsAttrs>()),
        walk_(b.operands[1].view.dims, b.operands[0].view.dims,
              find_axis(attrs_.axis, b.operands[0].view.dims.rank()).value()),
        x_(b.operands[0].view),
        index_(b.operands[1]),
        updates_(b.operands[2].view.as<T>()),
        y_(b.results[0].view.as<T>()) {}

  int64_t tiles() const override { return 1; }
  Status check() const override { return index_.check(walk_.axis_size()); }
  void run(int64_t, Scratch) override {
    const auto bytes = static_cast<size_t>(size_bytes(x_.dtype, x_.dims));
    if (bytes > 0) std::memcpy(y_, x_.data, bytes);
    for (int64_t row = 0; row < walk_.rows(); ++row) {
      T* to = y_ + walk_.offset(row);
      const int64_t first = row * walk_.columns();
      for (int64_t c = 0; c < walk_.columns(); ++c) {
        const int64_t at = index_.within(first + c, walk_.axis_size());
        if (at < 0) continue;
        T& element = to[walk_.at(c, at)];
        element = scatter_into(attrs_.reduction, element, updates_[first + c]);
      }
    }
  }

 private:
  ScatterElementsAttrs attrs_;
  ElementsWalk walk_;
  View x_;
  Indices index_;
  const T* updates_;
  T* y_;
};

bool moves_only(const StepBinding& b) {
  return b.attrs->as<ScatterElementsAttrs>().reduction == ScatterReduction::none;
}

// Bits are bits, unless they are added up.
bool accepts(const StepBinding& b) {
  return moves_only(b) || with_number(b.results[0].view.dtype, []<class T>() {});
}

std::unique_ptr<CpuStep> bind(const StepBinding& b) {
  std::unique_ptr<CpuStep> step;
  const auto make = [&]<class T>() { step = std::make_unique<ScatterElementsStep<T>>(b); };
  const DType dtype = b.results[0].view.dtype;
  if (moves_only(b)) {
    with_width(dtype, make);
  } else {
    with_number(dtype, make);
  }
  return step;
}

}  // namespace

std::span<const CpuKernel> scatter_elements_cpu_kernels() {
  static constexpr CpuKernel kKernels[] = {{"scatter_elements", "generic", accepts, bind}};
  return kKernels;
}

}  // namespace hone
