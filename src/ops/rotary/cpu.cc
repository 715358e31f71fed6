#include <algorithm>

#include "backend/cpu/rows_step.h"
#include "ops/rotary/op.h"

namespace hone {
namespace {

struct Rotary {
  const float *x, *cos, *sin;
  const int64_t* positions;
  float* y;
  bool four, one_position, interleaved;
  int64_t heads, sequence, size, half, table;

  explicit Rotary(const StepBinding& b) {
    const auto& attrs = b.attrs->as<RotaryAttrs>();
    const Dims& dims = b.operands[0].view.dims;
    x = b.operands[0].view.as<float>();
    cos = b.operands[1].view.as<float>();
    sin = b.operands[2].view.as<float>();
    positions = b.operands[3].view.as<int64_t>();
    y = b.results[0].view.as<float>();
    four = dims.rank() == 4;
    one_position = b.operands[3].view.dims.rank() == 1;
    interleaved = attrs.interleaved;
    heads = four ? dims[1] : attrs.heads;
    sequence = four ? dims[2] : dims[1];
    size = four ? dims[3] : dims[2] / heads;
    half = (attrs.turned == 0 ? size : attrs.turned) / 2;
    table = b.operands[1].view.dims[0];
  }

  // Positions may come from outside: those beyond the table take its last row.
  int64_t angles(int64_t batch, int64_t token) const {
    if (positions == nullptr) return batch * sequence + token;
    const int64_t given = positions[one_position ? 0 : batch * sequence + token];
    const int64_t first = std::clamp<int64_t>(given, 0, table - 1);
    return one_position ? std::min(first + token, table - 1) : first;
  }

  void row(int64_t index) const {
    const int64_t b = index / (heads * sequence);
    const int64_t n = four ? index % sequence : index / heads % sequence;
    const float* from = x + index * size;
    float* to = y + index * size;
    if (positions == nullptr || table > 0) {
      turn(from, angles(b, n) * half, to);
    } else {
      std::fill_n(to, 2 * half, 0.0f);  // there are no angles
    }
    std::copy(from + 2 * half, from + size, to + 2 * half);
  }

  void turn(const float* from, int64_t at, float* to) const {
    const float *c = cos + at, *s = sin + at;
    if (interleaved) {
      for (int64_t p = 0; p < half; ++p) {
        const float a = from[2 * p], b = from[2 * p + 1];
        to[2 * p] = c[p] * a - s[p] * b;
        to[2 * p + 1] = s[p] * a + c[p] * b;
      }
      return;
    }
    for (int64_t p = 0; p < half; ++p) {
      const float a = from[p], b = from[p + half];
      to[p] = c[p] * a - s[p] * b;
      to[p + half] = s[p] * a + c[p] * b;
    }
  }
};

std::unique_ptr<CpuStep> bind(const StepBinding& b) {
  const Rotary rotary(b);
  const int64_t rows = b.operands[0].view.dims[0] * rotary.heads * rotary.sequence;
  return rows_step(rows, rotary.size, [=](int64_t first, int64_t count) {
    for (int64_t i = first; i < first + count; ++i) rotary.row(i);
  });
}

}  // namespace

std::span<const CpuKernel> rotary_cpu_kernels() {
  static constexpr CpuKernel kKernels[] = {
      {"rotary", "generic",
       [](const StepBinding& b) { return b.operands[0].view.dtype == DType::f32; }, bind}};
  return kKernels;
}

}  // namespace hone
