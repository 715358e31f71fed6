// sequence: what is done with sequences of tensors and with optionals (ONNX Sequence*,
// SplitToSequence, ConcatFromSequence, Optional*).
#pragma once

#include "ops/attrs.h"

namespace hone {

enum class SequenceKind : uint8_t {
  construct,  // x...: a sequence of them
  insert,     // sequence, tensor, position?: with the tensor before that position, or at the end
  erase,      // sequence, position?: without that tensor, or the last
  at,         // sequence, position: that tensor
  length,     // sequence: how many tensors it has, i64 []
  split,      // tensor, sizes?: cut along `axis` into parts of these sizes, or of one size
  concat,     // sequence: its tensors joined along `axis`, or stacked along a new one
  has,        // value?: whether there is one, boolean []
  get,        // value: itself; an error if it is absent
  none,       // an empty optional
};
inline constexpr std::string_view kSequenceKindNames[] = {
    "construct", "insert", "erase", "at", "length", "split", "concat", "has", "get", "none"};

struct SequenceAttrs {
  SequenceKind kind = SequenceKind::construct;
  int64_t axis = 0;       // of split and concat
  bool keep_axis = true;  // of split without sizes: parts keep the axis, with size 1
  bool new_axis = false;  // of concat
  void visit(AttrVisitor& v);
};

inline void SequenceAttrs::visit(AttrVisitor& v) {
  v.field("kind", kind, kSequenceKindNames);
  v.field("axis", axis);
  v.field("keep_axis", keep_axis);
  v.field("new_axis", new_axis);
}

}  // namespace hone
