// tile: x several times along each axis (ONNX Tile).
#pragma once

#include "ops/attrs.h"

namespace hone {

struct TileAttrs {
  std::vector<int64_t> repeats;  // an axis each; the operand `repeats` may give them instead
  void visit(AttrVisitor& v) { v.field("repeats", repeats); }
};

}  // namespace hone
