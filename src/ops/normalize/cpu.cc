#include "ops/normalize/cpu.h"

#include <algorithm>
#include <cmath>

#include "backend/cpu/isa_table.h"
#include "backend/cpu/rows_step.h"
#include "ops/normalize/op.h"

namespace hone {

HONE_ISA_TABLE(NormalizeFns, normalize_fns)

namespace {

using Kind = NormalizeAttrs::Kind;

struct Affine {
  const float *scale, *bias;  // may be null
};

// A long row's sums are gathered in double, run by run.
template <class F>
double long_sum(const float* x, int64_t n, F part) {
  constexpr int64_t kRun = 4096;
  double all = 0;
  for (int64_t i = 0; i < n; i += kRun) {
    all += static_cast<double>(part(x + i, std::min(kRun, n - i)));
  }
  return all;
}

struct Moments {
  float mean, factor;
};
Moments moments(const NormalizeFns& fns, const NormalizeAttrs& attrs, const float* x, int64_t n) {
  const auto count = static_cast<double>(n);
  float mean = 0;
  if (attrs.kind != Kind::rms) mean = static_cast<float>(long_sum(x, n, fns.sum) / count);
  const double squares = long_sum(
      x, n, [&](const float* part, int64_t size) { return fns.squares(part, size, mean); });
  return {mean,
          static_cast<float>(1 / std::sqrt(squares / count + static_cast<double>(attrs.eps)))};
}

std::unique_ptr<CpuStep> bind(const StepBinding& b) {
  const auto attrs = b.attrs->as<NormalizeAttrs>();
  const NormalizeFns& fns = normalize_fns(b.isa);
  const View x = b.operands[0].view;
  const Affine affine{b.operands[1].view.as<float>(), b.operands[2].view.as<float>()};
  const int64_t numbers = affine.scale == nullptr ? 0 : b.operands[1].view.dims.elements();
  const NormalizeSizes sizes = normalize_sizes(attrs, x.dims.sizes(), numbers);
  const auto* from = x.as<float>();
  auto* to = b.results[0].view.as<float>();
  const bool by_runs = attrs.kind == Kind::groups && affine.scale != nullptr;
  return rows_step(sizes.rows, 3 * sizes.size, [=, &fns](int64_t first, int64_t count) {
    for (int64_t row = first; row < first + count; ++row) {
      const float* source = from + row * sizes.size;
      float* target = to + row * sizes.size;
      const auto [mean, factor] = moments(fns, attrs, source, sizes.size);
      if (!by_runs) {
        fns.rows(source, sizes.size, mean, factor, affine.scale, affine.bias, target);
        continue;
      }
      for (int64_t i = 0; i < sizes.size; i += sizes.run) {
        const int64_t n = std::min(sizes.run, sizes.size - i);
        const int64_t at = (row % sizes.row_period * sizes.size + i) / sizes.run;
        const float shift = affine.bias == nullptr ? 0 : affine.bias[at];
        fns.runs(source + i, n, mean, factor * affine.scale[at], shift, target + i);
      }
    }
  });
}

bool accepts(const StepBinding& b) { return b.operands[0].view.dtype == DType::f32; }

// The definition in double.
std::unique_ptr<CpuStep> bind_f64(const StepBinding& b) {
  const auto attrs = b.attrs->as<NormalizeAttrs>();
  const View x = b.operands[0].view;
  const auto *scale = b.operands[1].view.as<double>(), *bias = b.operands[2].view.as<double>();
  const int64_t numbers = scale == nullptr ? 0 : b.operands[1].view.dims.elements();
  const NormalizeSizes sizes = normalize_sizes(attrs, x.dims.sizes(), numbers);
  const auto* from = x.as<double>();
  auto* to = b.results[0].view.as<double>();
  return rows_step(sizes.rows, 3 * sizes.size, [=](int64_t first, int64_t count) {
    for (int64_t row = first; row < first + count; ++row) {
      const double* source = from + row * sizes.size;
      double mean = 0, squares = 0;
      for (int64_t i = 0; i < sizes.size; ++i) mean += source[i];
      mean = attrs.kind == Kind::rms ? 0 : mean / static_cast<double>(sizes.size);
      for (int64_t i = 0; i < sizes.size; ++i) {
        squares += (source[i] - mean) * (source[i] - mean);
      }
      const double variance = squares / static_cast<double>(sizes.size);
      const double factor = 1 / std::sqrt(variance + static_cast<double>(attrs.eps));
      for (int64_t i = 0; i < sizes.size; ++i) {
        const int64_t at = (row % sizes.row_period * sizes.size + i) / sizes.run;
        double value = (source[i] - mean) * factor;
        if (scale != nullptr) value *= scale[at];
        if (bias != nullptr) value += bias[at];
        to[row * sizes.size + i] = value;
      }
    }
  });
}

bool accepts_f64(const StepBinding& b) { return b.operands[0].view.dtype == DType::f64; }

}  // namespace

std::span<const CpuKernel> normalize_cpu_kernels() {
  static constexpr CpuKernel kKernels[] = {{"normalize", "f64", accepts_f64, bind_f64},
                                           {"normalize", "generic", accepts, bind}};
  return kKernels;
}

}  // namespace hone
