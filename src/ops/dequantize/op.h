// dequantize: y = (x - zero) * scale (ONNX DequantizeLinear).
#pragma once

#include <string>

#include "ops/attrs.h"

namespace hone {

struct DequantizeAttrs {
  int64_t axis = 1;     // that a scale of one axis goes along; counted from the end if negative
  int64_t block = 0;    // entries of the axis that share a scale; 0: one an entry
  std::string to = "";  // y's dtype; "": that of scale
  void visit(AttrVisitor& v) {
    v.field("axis", axis);
    v.field("block", block);
    v.field("to", to);
  }
};

}  // namespace hone
