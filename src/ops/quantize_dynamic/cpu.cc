#include "backend/cpu/rows_step.h"
#include "ops/quantize_dynamic/op.h"

namespace hone {
namespace {

constexpr int64_t kLanes = 16;

// The range of x with zero in it; what is not a number counts for nothing.
std::pair<float, float> range_of(const float* x, int64_t count) {
  float low[kLanes] = {}, high[kLanes] = {};
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    for (int64_t j = 0; j < kLanes; ++j) {
      low[j] = x[i + j] < low[j] ? x[i + j] : low[j];
      high[j] = x[i + j] > high[j] ? x[i + j] : high[j];
    }
  }
  for (; i < count; ++i) {
    low[0] = std::min(low[0], x[i] < 0 ? x[i] : 0.0f);
    high[0] = std::max(high[0], x[i] > 0 ? x[i] : 0.0f);
  }
  return {*std::ranges::min_element(low), *std::ranges::max_element(high)};
}

// All of it is one tile: the range must be known before the first code.
std::unique_ptr<CpuStep> bind(const StepBinding& b) {
  const float* x = b.operands[0].view.as<float>();
  const int64_t elements = b.operands[0].view.dims.elements();
  auto* y = b.results[0].view.as<uint8_t>();
  float* scale = b.results[1].view.as<float>();
  auto* zero = b.results[2].view.as<uint8_t>();
  return rows_step(1, 1, [=](int64_t, int64_t) {
    const auto [low, high] = range_of(x, elements);
    const DynamicScale found = dynamic_scale(low, high);
    *scale = found.scale;
    *zero = static_cast<uint8_t>(found.zero);
    for (int64_t i = 0; i < elements; ++i) {
      constexpr float kMagic = 12582912.0f;  // 1.5 * 2^23 rounds to even what is added to it
      float ratio = x[i] / found.scale;
      ratio = ratio == ratio ? ratio : 0.0f;
      ratio = ratio < -1024.0f ? -1024.0f : ratio > 1024.0f ? 1024.0f : ratio;
      const float code = (ratio + kMagic) - kMagic + found.zero;
      const float kept = code < 0.0f ? 0.0f : code > 255.0f ? 255.0f : code;
      y[i] = static_cast<uint8_t>(static_cast<int32_t>(kept));
    }
  });
}

}  // namespace

std::span<const CpuKernel> quantize_dynamic_cpu_kernels() {
  static constexpr CpuKernel kKernels[] = {
      {"quantize_dynamic", "generic", [](const StepBinding&) { return true; }, bind}};
  return kKernels;
}

}  // namespace hone
