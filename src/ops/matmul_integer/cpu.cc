#include <algorithm>

#include "backend/cpu/broadcast.h"
#include "backend/cpu/rows_step.h"
#include "ops/matmul_integer/cpu.h"
#include "ops/matmul_integer/op.h"

namespace hone {
namespace {

// Matrices of one operand: those in front of the last two axes.
Dims front_of(const Dims& dims) {
  return Dims(dims.sizes().first(dims.rank() < 2 ? 0 : dims.rank() - 2));
}

// Zero points of one operand: one, one a row or column, or those for each matrix.
template <class T>
struct Zeros {
  const T* data;
  int64_t matrix_stride, stride;

  Zeros(const Operand& operand, int64_t count)
      : data(operand.present() ? operand.view.as<T>() : nullptr), matrix_stride(0), stride(0) {
    if (data == nullptr || operand.view.dims.elements() == 1) return;
    stride = 1;
    if (operand.view.dims.rank() > 1) matrix_stride = count;
  }
  int32_t at(int64_t matrix, int64_t i) const {
    return data == nullptr ? 0 : static_cast<int32_t>(data[matrix * matrix_stride + i * stride]);
  }
};

constexpr int64_t kColumns = 256;  // sums that stay in the first cache

template <class A, class B>
struct Product {
  const A* a;
  const B* b;
  int32_t* y;
  Zeros<A> a_zero;
  Zeros<B> b_zero;
  int64_t rows, inner, columns;

  // One row of one matrix; at_a, at_b count matrices.
  void row(int64_t at_a, int64_t at_b, int64_t row, int32_t* out) const {
    const A* left = a + (at_a * rows + row) * inner;
    const int32_t zero = a_zero.at(at_a, row);
    uint32_t left_sum = 0;
    for (int64_t k = 0; k < inner; ++k) {
      left_sum += static_cast<uint32_t>(static_cast<int32_t>(left[k]) - zero);
    }
    for (int64_t first = 0; first < columns; first += kColumns) {
      const int64_t count = std::min(kColumns, columns - first);
      uint32_t sums[kColumns] = {};
      const B* right = b + at_b * inner * columns + first;
      for (int64_t k = 0; k < inner; ++k, right += columns) {
        const auto factor = static_cast<uint32_t>(static_cast<int32_t>(left[k]) - zero);
        for (int64_t n = 0; n < count; ++n) {
          sums[n] += factor * static_cast<uint32_t>(static_cast<int32_t>(right[n]));
        }
      }
      for (int64_t n = 0; n < count; ++n) {
        const auto shift = static_cast<uint32_t>(b_zero.at(at_b, first + n));
        out[first + n] = static_cast<int32_t>(sums[n] - shift * left_sum);
      }
    }
  }
};

template <class A, class B>
std::unique_ptr<CpuStep> bind_as(const StepBinding& b) {
  const Dims a_dims = b.operands[0].view.dims, b_dims = b.operands[1].view.dims;
  const int64_t rows = a_dims.rank() < 2 ? 1 : a_dims[a_dims.rank() - 2];
  const int64_t columns = b_dims.rank() < 2 ? 1 : b_dims.back();
  const Product<A, B> product{b.operands[0].view.as<A>(),
                              b.operands[1].view.as<B>(),
                              b.results[0].view.as<int32_t>(),
                              Zeros<A>(b.operands[2], rows),
                              Zeros<B>(b.operands[3], columns),
                              rows,
                              a_dims.back(),
                              columns};
  std::vector<int64_t> front;
  const Dims& y_dims = b.results[0].view.dims;
  const size_t own = (a_dims.rank() > 1 ? 1u : 0u) + (b_dims.rank() > 1 ? 1u : 0u);
  for (size_t i = 0; i + own < y_dims.rank(); ++i) front.push_back(y_dims[i]);
  const Dims matrices(front);
  const Broadcast<2> walk(matrices, {front_of(a_dims), front_of(b_dims)});
  const int64_t all = matrices.elements() * rows;
  return rows_step(
      all, columns * std::max<int64_t>(1, product.inner / 8), [=](int64_t first, int64_t count) {
        for (int64_t i = first; i < first + count; ++i) {
          const int64_t matrix = i / rows, inside = matrix % walk.columns();
          const auto at = walk.offsets(matrix / walk.columns());
          product.row(at[0] + inside * walk.inner_stride(0), at[1] + inside * walk.inner_stride(1),
                      i % rows, product.y + i * columns);
        }
      });
}

std::unique_ptr<CpuStep> bind(const StepBinding& b) {
  const bool a_signed = b.operands[0].view.dtype == DType::i8;
  if (b.operands[1].view.dtype == DType::i8) {
    return a_signed ? bind_as<int8_t, int8_t>(b) : bind_as<uint8_t, int8_t>(b);
  }
  return a_signed ? bind_as<int8_t, uint8_t>(b) : bind_as<uint8_t, uint8_t>(b);
}

}  // namespace

std::span<const CpuKernel> matmul_integer_cpu_kernels() {
  static constexpr CpuKernel kKernels[] = {
      {"matmul_integer", "tiles", accepts_matmul_integer_tiles, bind_matmul_integer_tiles,
       "integers", true, matmul_integer_product_layout, Precision::f32, "amx"},
      {"matmul_integer", "product", accepts_matmul_integer_product, bind_matmul_integer_product,
       "integers", true, matmul_integer_product_layout},
      {"matmul_integer", "generic", [](const StepBinding&) { return true; }, bind, "integers"}};
  return kKernels;
}

}  // namespace hone
