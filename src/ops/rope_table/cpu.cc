#include <cmath>
#include <vector>

#include "backend/cpu/rows_step.h"
#include "ops/rope_table/op.h"

namespace hone {
namespace {

// Angles are linear in the position, so one angle a pair is computed when the step is bound.
std::unique_ptr<CpuStep> bind(const StepBinding& b) {
  const auto& attrs = b.attrs->as<RopeTableAttrs>();
  const auto* position = b.operands[0].view.as<int32_t>();
  const auto* factors = b.operands[1].view.as<float>();
  auto* table = b.results[0].view.as<float>();
  const int64_t pairs = attrs.rotary_dim / 2;
  std::vector<double> step_angle;
  for (int64_t i = 0; i < pairs; ++i) {
    const double factor = factors != nullptr ? static_cast<double>(factors[i]) : 1.0;
    step_angle.push_back(rope_angle(attrs, i, 1.0, factor));
  }
  // A sine in double costs about 20 ns; that bounds the rows of a tile.
  constexpr int64_t kSineCost = 64;
  return rows_step(b.results[0].view.dims.rows(), attrs.rotary_dim * kSineCost,
                   [=, angles = std::move(step_angle), magnitude = attrs.magnitude](int64_t first,
                                                                                    int64_t count) {
                     for (int64_t row = first; row < first + count; ++row) {
                       float* out = table + row * pairs * 2;
                       for (int64_t i = 0; i < pairs; ++i) {
                         const double angle = angles[static_cast<size_t>(i)] * position[row];
                         out[2 * i] = static_cast<float>(std::cos(angle)) * magnitude;
                         out[2 * i + 1] = static_cast<float>(std::sin(angle)) * magnitude;
                       }
                     }
                   });
}

}  // namespace

std::span<const CpuKernel> rope_table_cpu_kernels() {
  static constexpr CpuKernel kKernels[] = {
      {"rope_table", "generic", [](const StepBinding&) { return true; }, bind}};
  return kKernels;
}

}  // namespace hone
