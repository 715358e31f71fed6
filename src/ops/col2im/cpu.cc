#include <algorithm>
#include <type_traits>

#include "backend/cpu/known_operands.h"
#include "backend/cpu/rows_step.h"
#include "ops/col2im/op.h"
#include "ops/shape_rules.h"
#include "tensor/numbers.h"

namespace hone {
namespace {

template <class T>
T sum(T a, T b) {
  if constexpr (std::is_integral_v<T>) {
    return static_cast<T>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
  } else {
    return a + b;
  }
}

// A plane is one channel of one image; its blocks are added in order.
template <class T>
struct Planes {
  std::vector<Col2imAxis> axes;
  const T* x;
  T* y;
  int64_t block = 1, blocks = 1, image = 1;

  void run(int64_t plane) const {
    T* to = y + plane * image;
    std::fill_n(to, image, T{});
    const T* from = x + plane * block * blocks;
    for (int64_t k = 0; k < block; ++k) {
      for (int64_t l = 0; l < blocks; ++l, ++from) {
        const int64_t at = place(k, l);
        if (at >= 0) to[at] = sum(to[at], *from);
      }
    }
  }
  // Where element k of block l lies in the image, or -1.
  int64_t place(int64_t k, int64_t l) const {
    int64_t place = 0, step = 1;
    for (size_t i = axes.size(); i-- > 0;) {
      const Col2imAxis& axis = axes[i];
      const int64_t at =
          l % axis.blocks * axis.stride + k % axis.block * axis.dilation - axis.before;
      if (at < 0 || at >= axis.size) return -1;
      l /= axis.blocks, k /= axis.block;
      place += at * step;
      step *= axis.size;
    }
    return place;
  }
};

template <class T>
std::unique_ptr<CpuStep> bind_as(const StepBinding& b, std::vector<Col2imAxis> axes) {
  Planes<T> planes{std::move(axes), b.operands[0].view.as<T>(), b.results[0].view.as<T>()};
  for (const Col2imAxis& axis : planes.axes) {
    planes.block *= axis.block, planes.blocks *= axis.blocks, planes.image *= axis.size;
  }
  const Dims& y = b.results[0].view.dims;
  return rows_step(y[0] * y[1], planes.block * planes.blocks, [planes](int64_t first, int64_t n) {
    for (int64_t plane = first; plane < first + n; ++plane) planes.run(plane);
  });
}

bool accepts(const StepBinding& b) {
  return with_number(b.results[0].view.dtype, []<class T>() {});
}

std::unique_ptr<CpuStep> bind(const StepBinding& b) {
  const KnownOperands known(b);
  const auto image = known_ints(*known.types()[1]), block = known_ints(*known.types()[2]);
  if (!image || !block) return nullptr;
  const auto axes = find_axes(b.attrs->as<Col2imAttrs>(), *image, *block);
  if (!axes) return nullptr;
  std::unique_ptr<CpuStep> step;
  with_number(b.results[0].view.dtype, [&]<class T>() { step = bind_as<T>(b, *axes); });
  return step;
}

}  // namespace

std::span<const CpuKernel> col2im_cpu_kernels() {
  static constexpr CpuKernel kKernels[] = {{"col2im", "generic", accepts, bind}};
  return kKernels;
}

}  // namespace hone
