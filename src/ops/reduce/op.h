// reduce: sums, means, extremes and norms over axes (ONNX Reduce* and global pooling).
#pragma once

#include "ops/define.h"

namespace hone {

enum class ReduceKind : uint8_t {
  sum,
  mean,
  max,  // of NaN: NaN
  min,
  prod,
  l1,           // sum of |x|
  l2,           // square root of the sum of squares
  log_sum,      // log of the sum
  log_sum_exp,  // log of the sum of e^x, without overflow
  sum_square,
};
inline constexpr std::string_view kReduceKindNames[] = {
    "sum", "mean", "max", "min", "prod", "l1", "l2", "log_sum", "log_sum_exp", "sum_square"};

struct ReduceAttrs {
  ReduceKind kind = ReduceKind::sum;
  std::vector<int64_t> axes;  // unless the operand gives them; none at all: every axis
  bool keepdims = true;
  bool none_if_empty = false;  // no axes at all: none is reduced
  void visit(AttrVisitor& v) {
    v.field("kind", kind, kReduceKindNames);
    v.field("axes", axes);
    v.field("keepdims", keepdims);
    v.field("none_if_empty", none_if_empty);
  }
};

// Marks the axes of a tensor of `rank` axes that are reduced, given the operand `axes` (null:
// absent). Empty, as long as a rank above 0 wants marks, while the operand is not known.
Expected<std::vector<bool>> reduced_axes(const ReduceAttrs& attrs, const OperandType* axes,
                                         size_t rank);

}  // namespace hone
