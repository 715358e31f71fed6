#include <cstring>

#include "backend/cpu/rows_step.h"
#include "ops/rope/op.h"

namespace hone {
namespace {

void rotate_adjacent(const float* x, const float* table, int64_t pairs, float* y) {
  for (int64_t i = 0; i < pairs; ++i) {
    const float a = x[2 * i], b = x[2 * i + 1], cosine = table[2 * i], sine = table[2 * i + 1];
    y[2 * i] = a * cosine - b * sine;
    y[2 * i + 1] = a * sine + b * cosine;
  }
}

void rotate_halves(const float* x, const float* table, int64_t pairs, float* y) {
  for (int64_t i = 0; i < pairs; ++i) {
    const float a = x[i], b = x[pairs + i], cosine = table[2 * i], sine = table[2 * i + 1];
    y[i] = a * cosine - b * sine;
    y[pairs + i] = a * sine + b * cosine;
  }
}

std::unique_ptr<CpuStep> bind(const StepBinding& b) {
  const bool adjacent = b.attrs->as<RopeAttrs>().pairs == RopePairs::adjacent;
  const View x = b.operands[0].view, table = b.operands[1].view, y = b.results[0].view;
  const int64_t heads = x.dims[1], head_dim = x.dims[2], rotary = table.dims[1];
  return rows_step(x.dims[0], heads * head_dim, [=](int64_t first, int64_t count) {
    for (int64_t token = first; token < first + count; ++token) {
      const float* angles = table.as<float>() + token * rotary;
      for (int64_t head = 0; head < heads; ++head) {
        const int64_t at = (token * heads + head) * head_dim;
        const float* from = x.as<float>() + at;
        float* to = y.as<float>() + at;
        (adjacent ? rotate_adjacent : rotate_halves)(from, angles, rotary / 2, to);
        if (from != to) {
          std::memcpy(to + rotary, from + rotary,
                      sizeof(float) * static_cast<size_t>(head_dim - rotary));
        }
      }
    }
  });
}

}  // namespace

std::span<const CpuKernel> rope_cpu_kernels() {
  static constexpr CpuKernel kKernels[] = {
      {"rope", "generic", [](const StepBinding&) { return true; }, bind}};
  return kKernels;
}

}  // namespace hone
