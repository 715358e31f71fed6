// Where a tensor's scales and zero points lie: one for all, one an index of an axis, or one a block
// of an axis (ONNX QuantizeLinear and DequantizeLinear).
#pragma once

#include <algorithm>

#include "ops/define.h"

namespace hone {

// The smallest and largest integers of a dtype of 2 to 32 bits.
struct IntegerRange {
  int64_t least, most;
};
IntegerRange integer_range(DType dtype);

// f32, f16 or bf16.
bool is_scale_dtype(DType dtype);
// Whether zero points of this shape stand beside such scales: alike, or one of both.
bool is_zero_of(const Shape& zero, const Shape& scale);
// Whether scales of this shape fit x: [] or [1], [size of the axis], or x's shape with the axis in
// blocks of `block`. The error says what does not fit.
Status check_scales(const Shape& x, const Shape& scale, int64_t axis, int64_t block);

// x as rows along which the scale stays or goes along.
class ScaleGrid {
 public:
  // Of shapes that check_scales let pass.
  ScaleGrid(const Dims& x, const Dims& scale, int64_t axis, int64_t block);

  int64_t rows() const { return rows_; }
  int64_t columns() const { return columns_; }  // the most a row has
  // Elements [first, first + count) of x; the scale of element i of them is scale + i * stride.
  struct Row {
    int64_t first, count, scale, stride;
  };
  Row row(int64_t index) const;

 private:
  enum class Kind : uint8_t { one, axis, axis_inside, block, block_inside };
  Kind kind_;
  int64_t rows_, columns_;
  int64_t axis_ = 1, inner_ = 1, block_ = 1, blocks_ = 1;
};

}  // namespace hone
