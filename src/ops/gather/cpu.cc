#include <algorithm>
#include <vector>

#include "backend/cpu/rows_step.h"
#include "tensor/codec/codec.h"
#include "tensor/layout/layout.h"

namespace hone {
namespace {

// Decodes row `index[i]` of the table.
class GatherStep final : public CpuStep {
 public:
  explicit GatherStep(const StepBinding& b)
      : table_(b.operands[0].view),
        layout_(find_layout(b.operands[0].layout)),
        index_operand_(b.operands[1]),
        index_(b.operands[1].view.as<int32_t>()),
        rows_(b.results[0].view) {}

  int64_t tiles() const override { return (rows_.dims[0] + kRowsATile - 1) / kRowsATile; }
  size_t scratch_bytes() const override {
    return layout_ == nullptr ? 0 : static_cast<size_t>(row_bytes(table_.dtype, table_.dims[1]));
  }
  Status check() const override {
    if (!index_operand_.is_input && !index_operand_.is_constant) return {};
    for (int64_t i = 0; i < rows_.dims[0]; ++i) {
      if (index_[i] < 0 || index_[i] >= table_.dims[0]) {
        return fail(Code::invalid_argument, "row ", index_[i], " does not exist; the table has ",
                    table_.dims[0]);
      }
    }
    return {};
  }
  void run(int64_t tile, Scratch scratch) override {
    const int64_t columns = table_.dims[1], stride = row_bytes(table_.dtype, columns);
    const Codec* codec = find_codec(table_.dtype);
    const int64_t last = std::min(rows_.dims[0], (tile + 1) * kRowsATile);
    for (int64_t row = tile * kRowsATile; row < last; ++row) {
      float* to = rows_.as<float>() + row * columns;
      if (index_[row] < 0 || index_[row] >= table_.dims[0]) {  // computed in the plan
        std::fill_n(to, columns, 0.0f);
        continue;
      }
      const std::byte* source = table_.data + index_[row] * stride;
      if (layout_ != nullptr) {
        const auto size = static_cast<size_t>(layout_->packed_bytes(table_.dims));
        layout_->unpack_row({table_.data, size}, table_.dims, index_[row], scratch.data());
        source = scratch.data();
      }
      codec->decode(source, columns, to);
    }
  }

 private:
  static constexpr int64_t kRowsATile = 16;
  View table_;
  const Layout* layout_;
  Operand index_operand_;
  const int32_t* index_;
  View rows_;
};

bool accepts(const StepBinding& b) { return find_codec(b.operands[0].view.dtype) != nullptr; }

}  // namespace

std::span<const CpuKernel> gather_cpu_kernels() {
  static constexpr CpuKernel kKernels[] = {
      {"gather", "generic", accepts, [](const StepBinding& b) -> std::unique_ptr<CpuStep> {
         return std::make_unique<GatherStep>(b);
       }}};
  return kKernels;
}

}  // namespace hone
