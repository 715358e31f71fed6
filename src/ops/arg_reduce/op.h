// arg_reduce: where along an axis the largest or smallest element stands, as i64 (ONNX ArgMax,
// ArgMin).
#pragma once

#include "ops/attrs.h"

namespace hone {

struct ArgReduceAttrs {
  enum class Kind : uint8_t { max, min };
  Kind kind = Kind::max;
  int64_t axis = 0;
  bool keepdims = true;
  bool last = false;  // of equal elements the last, not the first
  void visit(AttrVisitor& v);
};
inline constexpr std::string_view kArgReduceKindNames[] = {"max", "min"};

inline void ArgReduceAttrs::visit(AttrVisitor& v) {
  v.field("kind", kind, kArgReduceKindNames);
  v.field("axis", axis);
  v.field("keepdims", keepdims);
  v.field("last", last);
}

}  // namespace hone
