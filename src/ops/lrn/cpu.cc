#include <algorithm>
#include <cmath>

#include "backend/cpu/rows_step.h"
#include "ops/lrn/op.h"

namespace hone {
namespace {

constexpr int64_t kBlock = 256;  // neighboring places of a channel
constexpr int64_t kWork = 16;    // an element's work, compared with a copy

template <class T>
struct Lrn {
  const T* x;
  T* y;
  int64_t channels, places;
  LrnAttrs attrs;

  // `count` places from `first` on of one channel of one image.
  void run(int64_t image, int64_t channel, int64_t first, int64_t count) const {
    T squares[kBlock] = {};
    const int64_t before = (attrs.size - 1) / 2;
    const int64_t from = std::max<int64_t>(0, channel - before);
    const int64_t to = std::min(channels, channel - before + attrs.size);
    for (int64_t c = from; c < to; ++c) {
      const T* row = x + (image * channels + c) * places + first;
      for (int64_t i = 0; i < count; ++i) squares[i] += row[i] * row[i];
    }
    const T scale = static_cast<T>(attrs.alpha) / static_cast<T>(attrs.size);
    const T bias = static_cast<T>(attrs.bias), beta = static_cast<T>(attrs.beta);
    const int64_t at = (image * channels + channel) * places + first;
    for (int64_t i = 0; i < count; ++i) {
      const T base = bias + scale * squares[i];
      if (attrs.beta == 0.75f) {  // what models use
        const T root = std::sqrt(base);
        y[at + i] = x[at + i] / (root * std::sqrt(root));
      } else {
        y[at + i] = x[at + i] / std::pow(base, beta);
      }
    }
  }
};

template <class T>
std::unique_ptr<CpuStep> bind_as(const StepBinding& b) {
  const Dims& dims = b.operands[0].view.dims;
  int64_t places = 1;
  for (size_t i = 2; i < dims.rank(); ++i) places *= dims[i];
  const Lrn<T> lrn{b.operands[0].view.as<T>(), b.results[0].view.as<T>(), dims[1], places,
                   b.attrs->as<LrnAttrs>()};
  const int64_t blocks = (places + kBlock - 1) / kBlock;
  return rows_step(dims[0] * dims[1] * blocks, kBlock * kWork, [=](int64_t first, int64_t count) {
    for (int64_t unit = first; unit < first + count; ++unit) {
      const int64_t row = unit / blocks, place = unit % blocks * kBlock;
      lrn.run(row / lrn.channels, row % lrn.channels, place, std::min(kBlock, places - place));
    }
  });
}

bool accepts(const StepBinding& b) {
  const DType dtype = b.operands[0].view.dtype;
  return dtype == DType::f32 || dtype == DType::f64;
}

std::unique_ptr<CpuStep> bind(const StepBinding& b) {
  return b.operands[0].view.dtype == DType::f32 ? bind_as<float>(b) : bind_as<double>(b);
}

}  // namespace

std::span<const CpuKernel> lrn_cpu_kernels() {
  static constexpr CpuKernel kKernels[] = {{"lrn", "generic", accepts, bind}};
  return kKernels;
}

}  // namespace hone
