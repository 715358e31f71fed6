#include <cstring>

#include "backend/cpu/nd_indices.h"
#include "ops/scatter_nd/op.h"
#include "tensor/numbers.h"

namespace hone {
namespace {

// One tile, for updates of one place must happen in their order. A row of indices that lies outside
// updates nothing.
template <class T>
class ScatterNdStep final : public CpuStep {
 public:
  explicit ScatterNdStep(const StepBinding& b)
      : reduction_(b.attrs->as<ScatterNdAttrs>().reduction),
        x_(b.operands[0].view),
        index_(b.operands[1], x_.dims, 0),
        updates_(b.operands[2].view.as<T>()),
        y_(b.results[0].view.as<T>()) {}

  int64_t tiles() const override { return 1; }
  Status check() const override { return index_.check(); }
  void run(int64_t, Scratch) override {
    const auto bytes = static_cast<size_t>(size_bytes(x_.dtype, x_.dims));
    if (bytes == 0) return;
    std::memcpy(y_, x_.data, bytes);
    const int64_t elements = index_.slice_elements();
    for (int64_t row = 0; row < index_.rows(); ++row) {
      const int64_t slice = index_.slice(row);
      if (slice < 0) continue;
      const T* update = updates_ + row * elements;
      T* to = y_ + slice * elements;
      for (int64_t i = 0; i < elements; ++i) to[i] = scatter_into(reduction_, to[i], update[i]);
    }
  }

 private:
  ScatterReduction reduction_;
  View x_;
  NdIndices index_;
  const T* updates_;
  T* y_;
};

bool moves_only(const StepBinding& b) {
  return b.attrs->as<ScatterNdAttrs>().reduction == ScatterReduction::none;
}

// Bits are bits, unless they are added up.
bool accepts(const StepBinding& b) {
  return moves_only(b) || with_number(b.results[0].view.dtype, []<class T>() {});
}

std::unique_ptr<CpuStep> bind(const StepBinding& b) {
  std::unique_ptr<CpuStep> step;
  const auto make = [&]<class T>() { step = std::make_unique<ScatterNdStep<T>>(b); };
  const DType dtype = b.results[0].view.dtype;
  if (moves_only(b)) {
    with_width(dtype, make);
  } else {
    with_number(dtype, make);
  }
  return step;
}

}  // namespace

std::span<const CpuKernel> scatter_nd_cpu_kernels() {
  static constexpr CpuKernel kKernels[] = {{"scatter_nd", "generic", accepts, bind}};
  return kKernels;
}

}  // namespace hone
