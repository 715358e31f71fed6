// slice: every step-th element of a range along axes (ONNX Slice).
#pragma once

#include <optional>

#include "ops/attrs.h"
#include "ops/define.h"

namespace hone {

// Each list may come as an operand instead. Starts and ends count from the end if they are
// negative, and are clamped to the axis.
struct SliceAttrs {
  std::vector<int64_t> starts, ends;
  std::vector<int64_t> axes;   // none: the first ones
  std::vector<int64_t> steps;  // none: 1; a negative one walks back
  void visit(AttrVisitor& v) {
    v.field("starts", starts);
    v.field("ends", ends);
    v.field("axes", axes);
    v.field("steps", steps);
  }
};

// One slice of an axis.
struct AxisSlice {
  size_t axis;
  int64_t start, end, step;
};

// The slices as attributes and operands name them; nothing if an operand is not known yet.
Expected<std::optional<std::vector<AxisSlice>>> find_slices(const SliceAttrs& attrs,
                                                            OperandTypes operands);
// The first element and the number of elements of a slice of an axis of that size.
struct SliceRange {
  int64_t first, count;
};
SliceRange range_of(const AxisSlice& slice, int64_t size);

}  // namespace hone
