// resize of two axes for one instruction set.
#include "ops/resize/cpu.h"

namespace hone::HONE_ISA {
namespace {

const float* sum_rows(const ResizeRow& r) {
  if (r.row_taps == 1) return r.x + r.rows[0] * r.x_width;
  for (int64_t k = 0; k < r.row_taps; ++k) {
    const float* from = r.x + r.rows[k] * r.x_width;
    const float weight = r.row_weights[k];
    if (k == 0) {
      for (int64_t i = 0; i < r.x_width; ++i) r.sum[i] = from[i] * weight;
    } else {
      for (int64_t i = 0; i < r.x_width; ++i) r.sum[i] += from[i] * weight;
    }
  }
  return r.sum;
}

void row(const ResizeRow& r) {
  const float* from = sum_rows(r);
  if (r.column_taps == 1) {
    for (int64_t i = 0; i < r.width; ++i) r.y[i] = from[r.columns[i]];
    return;
  }
  for (int64_t k = 0; k < r.column_taps; ++k) {
    const int32_t* columns = r.columns + k * r.width;
    const float* weights = r.column_weights + k * r.width;
    if (k == 0) {
      for (int64_t i = 0; i < r.width; ++i) r.y[i] = from[columns[i]] * weights[i];
    } else {
      for (int64_t i = 0; i < r.width; ++i) r.y[i] += from[columns[i]] * weights[i];
    }
  }
}

}  // namespace

extern const ResizeFns resize_fns;
const ResizeFns resize_fns = {row};

}  // namespace hone::HONE_ISA
