#include <algorithm>

#include "backend/cpu/kv_layout.h"
#include "backend/cpu/step.h"
#include "ops/cache_write/op.h"
#include "tensor/float.h"

namespace hone {
namespace {

// Saturated: an infinity would reach positions that must not see it, as 0 * infinity.
uint16_t to_half(float value) {
  constexpr float kLargestHalf = 65504.0f;
  return f32_to_f16(value > kLargestHalf ? kLargestHalf
                                         : (value < -kLargestHalf ? -kLargestHalf : value));
}

struct CacheWrite {
  KvView state;
  CachePart part;
  const float* rows;
  const int32_t* position;
  const int32_t* sequence;

  void operator()(int64_t first, int64_t count) const {
    for (int64_t token = first; token < first + count; ++token) {
      const int64_t at = position[token];
      const int32_t page = state.page_tables[sequence[token] * state.table_stride + at / kKvPage];
      uint16_t* to = state.base + page * state.page_elements;
      const float* from = rows + token * state.heads * state.head_dim;
      for (int64_t head = 0; head < state.heads; ++head) {
        write_head(from + head * state.head_dim, to + head * kKvPage * state.head_dim,
                   at % kKvPage);
      }
    }
  }

  void write_head(const float* from, uint16_t* to, int64_t slot) const {
    if (part == CachePart::key) {
      to += slot / kKvGroup * kKvGroup * state.head_dim + slot % kKvGroup;
      for (int64_t d = 0; d < state.head_dim; ++d) to[d * kKvGroup] = to_half(from[d]);
    } else {
      to += slot * state.head_dim;
      for (int64_t d = 0; d < state.head_dim; ++d) to[d] = to_half(from[d]);
    }
  }
};

class CacheWriteStep final : public CpuStep {
 public:
  explicit CacheWriteStep(const StepBinding& b)
      : position_(b.operands[2]), sequence_(b.operands[3]), tokens_(b.operands[1].view.dims[0]) {
    write_ = {*b.operands[0].state, b.attrs->as<CacheWriteAttrs>().part,
              b.operands[1].view.as<float>(), position_.view.as<int32_t>(),
              sequence_.view.as<int32_t>()};
  }

  int64_t tiles() const override { return (tokens_ + kTokensATile - 1) / kTokensATile; }
  Status check() const override { return check_positions(write_.state, position_, sequence_); }
  void run(int64_t tile, Scratch) override {
    write_(tile * kTokensATile, std::min(kTokensATile, tokens_ - tile * kTokensATile));
  }

 private:
  static constexpr int64_t kTokensATile = 32;
  Operand position_, sequence_;
  int64_t tokens_;
  CacheWrite write_{};
};

}  // namespace

std::span<const CpuKernel> cache_write_cpu_kernels() {
  static constexpr CpuKernel kKernels[] = {
      {"cache_write", "generic",
       [](const StepBinding& b) { return b.operands[0].state != nullptr; },
       [](const StepBinding& b) -> std::unique_ptr<CpuStep> {
         return std::make_unique<CacheWriteStep>(b);
       }}};
  return kKernels;
}

}  // namespace hone
