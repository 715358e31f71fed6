#include <algorithm>
#include <cstring>

#include "backend/cpu/indices.h"
#include "backend/cpu/rows_step.h"
#include "ops/shape_rules.h"
#include "ops/take/op.h"

namespace hone {
namespace {

// A row is what one index takes: `bytes_` in a row. An index that lies outside takes zeros.
class TakeStep final : public CpuStep {
 public:
  explicit TakeStep(const StepBinding& b)
      : index_(b.operands[1]), from_(b.operands[0].view.data), to_(b.results[0].view.data) {
    const Dims &x = b.operands[0].view.dims, &y = b.results[0].view.dims;
    const size_t axis = find_axis(b.attrs->as<TakeAttrs>().axis, x.rank()).value();
    size_ = x[axis];
    bytes_ = info(b.results[0].view.dtype).block_bytes;
    for (size_t i = axis + 1; i < x.rank(); ++i) bytes_ *= x[i];
    count_ = b.operands[1].view.dims.elements();
    rows_ = y.elements() == 0 ? 0 : count_;
    for (size_t i = 0; i < axis; ++i) rows_ *= x[i];
    rows_a_tile_ = std::max<int64_t>(1, kBytesATile / std::max<int64_t>(1, bytes_));
  }

  int64_t tiles() const override { return (rows_ + rows_a_tile_ - 1) / rows_a_tile_; }
  Status check() const override { return index_.check(size_); }
  void run(int64_t tile, Scratch) override {
    const int64_t first = tile * rows_a_tile_, last = std::min(rows_, first + rows_a_tile_);
    switch (bytes_) {
      case 1:
        return copy<1>(first, last);
      case 4:
        return copy<4>(first, last);
      case 8:
        return copy<8>(first, last);
      default:
        return copy<0>(first, last);
    }
  }

 private:
  static constexpr int64_t kBytesATile = 4 * kElementsATile;

  // Rows of kBytes, or of bytes_ if that is 0.
  template <size_t kBytes>
  void copy(int64_t first, int64_t last) {
    const auto bytes = kBytes > 0 ? kBytes : static_cast<size_t>(bytes_);
    for (int64_t row = first; row < last; ++row) {
      const int64_t outer = row / count_, at = index_.within(row % count_, size_);
      std::byte* target = to_ + row * bytes_;
      if (at < 0) {
        std::memset(target, 0, bytes);
      } else {
        std::memcpy(target, from_ + (outer * size_ + at) * bytes_, bytes);
      }
    }
  }

  Indices index_;
  const std::byte* from_;
  std::byte* to_;
  int64_t size_ = 0, bytes_ = 0, count_ = 0, rows_ = 0, rows_a_tile_ = 1;
};

}  // namespace

std::span<const CpuKernel> take_cpu_kernels() {
  static constexpr CpuKernel kKernels[] = {{"take", "generic",
                                            [](const StepBinding&) { return true; },
                                            [](const StepBinding& b) -> std::unique_ptr<CpuStep> {
                                              return std::make_unique<TakeStep>(b);
                                            }}};
  return kKernels;
}

}  // namespace hone
