#include <algorithm>
#include <cstring>

#include "backend/cpu/nd_indices.h"
#include "backend/cpu/rows_step.h"
#include "ops/gather_nd/op.h"

namespace hone {
namespace {

// A row of indices that lies outside takes zeros.
class GatherNdStep final : public CpuStep {
 public:
  explicit GatherNdStep(const StepBinding& b)
      : index_(b.operands[1], b.operands[0].view.dims,
               static_cast<size_t>(b.attrs->as<GatherNdAttrs>().batch_axes)),
        from_(b.operands[0].view.data),
        to_(b.results[0].view.data),
        bytes_(index_.slice_elements() * info(b.results[0].view.dtype).block_bytes) {
    const Dims& x = b.operands[0].view.dims;
    int64_t batches = 1;
    const auto batch_axes = static_cast<size_t>(b.attrs->as<GatherNdAttrs>().batch_axes);
    for (size_t i = 0; i < x.rank(); ++i) (i < batch_axes ? batches : batch_elements_) *= x[i];
    batch_bytes_ = batch_elements_ * info(b.results[0].view.dtype).block_bytes;
    rows_a_batch_ = std::max<int64_t>(1, index_.rows() / std::max<int64_t>(1, batches));
    rows_a_tile_ = std::max<int64_t>(1, 4 * kElementsATile / std::max<int64_t>(1, bytes_));
  }

  int64_t tiles() const override {
    return bytes_ == 0 ? 0 : (index_.rows() + rows_a_tile_ - 1) / rows_a_tile_;
  }
  Status check() const override { return index_.check(); }
  void run(int64_t tile, Scratch) override {
    const auto bytes = static_cast<size_t>(bytes_);
    const int64_t last = std::min(index_.rows(), (tile + 1) * rows_a_tile_);
    for (int64_t row = tile * rows_a_tile_; row < last; ++row) {
      const int64_t slice = index_.slice(row);
      std::byte* to = to_ + row * bytes_;
      if (slice < 0) {
        std::memset(to, 0, bytes);
      } else {
        std::memcpy(to, from_ + row / rows_a_batch_ * batch_bytes_ + slice * bytes_, bytes);
      }
    }
  }

 private:
  NdIndices index_;
  const std::byte* from_;
  std::byte* to_;
  int64_t bytes_;
  int64_t batch_elements_ = 1, batch_bytes_ = 0, rows_a_batch_ = 1, rows_a_tile_ = 1;
};

}  // namespace

std::span<const CpuKernel> gather_nd_cpu_kernels() {
  static constexpr CpuKernel kKernels[] = {{"gather_nd", "generic",
                                            [](const StepBinding&) { return true; },
                                            [](const StepBinding& b) -> std::unique_ptr<CpuStep> {
                                              return std::make_unique<GatherNdStep>(b);
                                            }}};
  return kKernels;
}

}  // namespace hone
