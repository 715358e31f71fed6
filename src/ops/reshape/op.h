// reshape: the same elements under another shape; costs nothing while running.
#pragma once

#include "ops/attrs.h"

namespace hone {

// The new shape, unless the operand `shape` gives it.
struct ReshapeAttrs {
  // What a plain target means; the others are shapes that follow from x's own.
  enum class To : uint8_t {
    shape,    // -1: what is left over (at most once); 0: x's axis of that place, unless allow_zero
    flatten,  // two axes, cut before `axis`
    squeeze,  // without the axes in `shape` (none given: all of size 1)
    unsqueeze,  // with axes of size 1 that have the places in `shape`
    same,       // x itself
  };
  std::vector<int64_t> shape;
  To to = To::shape;
  int64_t axis = 1;
  bool allow_zero = false;
  void visit(AttrVisitor& v);
};
inline constexpr std::string_view kReshapeToNames[] = {"shape", "flatten", "squeeze", "unsqueeze",
                                                       "same"};

inline void ReshapeAttrs::visit(AttrVisitor& v) {
  v.field("shape", shape);
  v.field("to", to, kReshapeToNames);
  v.field("axis", axis);
  v.field("allow_zero", allow_zero);
}

}  // namespace hone
