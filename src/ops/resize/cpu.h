// What the resize kernels of each instruction set take. Plain data only.
#pragma once

#include <stdint.h>

namespace hone {

// One row of the result: rows of x are summed by weight, then their elements.
struct ResizeRow {
  const float* x;  // the plane
  int64_t x_width;
  const int64_t* rows;  // `row_taps` of them
  const float* row_weights;
  int64_t row_taps;
  const int32_t* columns;  // [column_taps][width]
  const float* column_weights;
  int64_t column_taps, width;
  float* sum;  // room for a row of x
  float* y;
};

struct ResizeFns {
  void (*row)(const ResizeRow&);
};

}  // namespace hone
