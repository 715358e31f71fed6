#include "backend/cpu/rows_step.h"
#include "ops/nll_loss/op.h"

namespace hone {
namespace {

using Reduction = NllLossAttrs::Reduction;

template <class T, class Index>
struct Loss {
  const T* x;
  const Index* target;
  const T* weight;  // or null
  T* y;
  int64_t samples, classes, places;  // target has samples * places elements
  NllLossAttrs attrs;

  struct Sample {
    double loss, weight;
  };
  // A class that there is not counts for nothing.
  Sample sample(int64_t i) const {
    const auto c = static_cast<int64_t>(target[i]);
    if (c < 0 || c >= classes || (attrs.ignores && c == attrs.ignored)) return {0, 0};
    const double by = weight == nullptr ? 1 : static_cast<double>(weight[c]);
    const T value = x[(i / places * classes + c) * places + i % places];
    return {-static_cast<double>(value) * by, by};
  }

  void reduce() const {
    double loss = 0, weights = 0;
    for (int64_t i = 0; i < samples * places; ++i) {
      const auto [one, by] = sample(i);
      loss += one;
      weights += by;
    }
    *y = static_cast<T>(attrs.reduction == Reduction::mean ? loss / weights : loss);
  }
};

template <class T, class Index>
std::unique_ptr<CpuStep> bind_as(const StepBinding& b) {
  const Dims& dims = b.operands[0].view.dims;
  int64_t places = 1;
  for (size_t i = 2; i < dims.rank(); ++i) places *= dims[i];
  const Loss<T, Index> loss{b.operands[0].view.as<T>(),
                            b.operands[1].view.as<Index>(),
                            b.operands[2].view.as<T>(),
                            b.results[0].view.as<T>(),
                            dims[0],
                            dims[1],
                            places,
                            b.attrs->as<NllLossAttrs>()};
  if (loss.attrs.reduction != Reduction::none) {
    return rows_step(1, 1, [=](int64_t, int64_t) { loss.reduce(); });
  }
  return rows_step(dims[0] * places, 1, [=](int64_t first, int64_t count) {
    for (int64_t i = first; i < first + count; ++i) {
      loss.y[i] = static_cast<T>(loss.sample(i).loss);
    }
  });
}

template <class T>
std::unique_ptr<CpuStep> bind_of(const StepBinding& b) {
  return b.operands[1].view.dtype == DType::i32 ? bind_as<T, int32_t>(b) : bind_as<T, int64_t>(b);
}

bool accepts(const StepBinding& b) {
  const DType dtype = b.operands[0].view.dtype;
  return dtype == DType::f32 || dtype == DType::f64;
}

std::unique_ptr<CpuStep> bind(const StepBinding& b) {
  return b.operands[0].view.dtype == DType::f32 ? bind_of<float>(b) : bind_of<double>(b);
}

}  // namespace

std::span<const CpuKernel> nll_loss_cpu_kernels() {
  static constexpr CpuKernel kKernels[] = {{"nll_loss", "generic", accepts, bind}};
  return kKernels;
}

}  // namespace hone
