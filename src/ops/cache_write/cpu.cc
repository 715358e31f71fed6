#include "backend/cpu/kv_layout.h"
#include "backend/cpu/rows_step.h"
#include "ops/cache_write/op.h"
#include "tensor/float.h"

namespace hone {
namespace {

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
        write_head(from + head * state.head_dim, to + head * kKvPage * state.head_dim, at % kKvPage);
      }
    }
  }

  void write_head(const float* from, uint16_t* to, int64_t slot) const {
    if (part == CachePart::key) {
      to += slot / kKvGroup * kKvGroup * state.head_dim + slot % kKvGroup;
      for (int64_t d = 0; d < state.head_dim; ++d) to[d * kKvGroup] = f32_to_f16(from[d]);
    } else {
      to += slot * state.head_dim;
      for (int64_t d = 0; d < state.head_dim; ++d) to[d] = f32_to_f16(from[d]);
    }
  }
};

std::unique_ptr<CpuStep> bind(const StepBinding& b) {
  const View rows = b.operands[1].view;
  const CacheWrite write{*b.operands[0].state, b.attrs->as<CacheWriteAttrs>().part, rows.as<float>(),
                         b.operands[2].view.as<int32_t>(), b.operands[3].view.as<int32_t>()};
  return rows_step(rows.dims[0], rows.dims[1] * rows.dims[2], write);
}

}  // namespace

std::span<const CpuKernel> cache_write_cpu_kernels() {
  static constexpr CpuKernel kKernels[] = {
      {"cache_write", "generic", [](const StepBinding&) { return true; }, bind}};
  return kKernels;
}

}  // namespace hone
