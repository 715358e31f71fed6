// shape: the sizes of a tensor's axes, as i64 (ONNX Shape and Size).
#pragma once

#include "ops/attrs.h"

namespace hone {

struct ShapeAttrs {
  int64_t start =
      0;  // the axes [start, end), counted from the end if negative, clamped to the rank
  int64_t end = INT64_MAX;
  bool count = false;  // instead, the number of elements, without an axis
  void visit(AttrVisitor& v) {
    v.field("start", start);
    v.field("end", end);
    v.field("count", count);
  }
};

// The range of axes that the attributes mean.
struct AxisRange {
  int64_t first, last;
};
AxisRange range_of(const ShapeAttrs& attrs, int64_t rank);

}  // namespace hone
