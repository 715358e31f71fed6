// split: one of the parts that an axis is cut into (ONNX Split is one of these an output).
#pragma once

#include <optional>

#include "ops/attrs.h"
#include "ops/define.h"

namespace hone {

struct SplitAttrs {
  int64_t axis = 0;
  int64_t part = 0;   // which
  int64_t parts = 1;  // of how many
  // Of each part; the operand `sizes` may give them instead. None: as equal as it goes, the last
  // one smaller.
  std::vector<int64_t> sizes;
  void visit(AttrVisitor& v) {
    v.field("axis", axis);
    v.field("part", part);
    v.field("parts", parts);
    v.field("sizes", sizes);
  }
};

// The range of an axis of that size that the part is; `sizes` are empty or of every part.
struct SplitRange {
  int64_t first, count;
};
SplitRange range_of(const SplitAttrs& attrs, const std::vector<int64_t>& sizes, int64_t size);

}  // namespace hone
