// loop: a graph repeated: while a condition holds (ONNX Loop), over slices of tensors (Scan), or
// over the tensors of sequences (SequenceMap).
#pragma once

#include <vector>

#include "ops/attrs.h"

namespace hone {

struct LoopAttrs {
  enum class Kind : uint8_t { loop, scan, map };
  int64_t carried = 0;  // values that pass from one iteration to the next
  Kind kind = Kind::loop;
  int64_t scanned = 0;  // operands behind the carried ones of which an iteration sees one part
  // Of scan, one a scanned operand or output; empty: all 0. backwards: 1 takes the last slice
  // first, or puts the first result last.
  std::vector<int64_t> in_axes, in_backwards, out_axes, out_backwards;
  bool batched = false;  // every operand but the captured ones has a first axis to walk first
  void visit(AttrVisitor& v);
};
inline constexpr std::string_view kLoopKindNames[] = {"loop", "scan", "map"};

inline void LoopAttrs::visit(AttrVisitor& v) {
  v.field("carried", carried);
  v.field("kind", kind, kLoopKindNames);
  v.field("scanned", scanned);
  v.field("in_axes", in_axes);
  v.field("in_backwards", in_backwards);
  v.field("out_axes", out_axes);
  v.field("out_backwards", out_backwards);
  v.field("batched", batched);
}

}  // namespace hone
