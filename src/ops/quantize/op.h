// quantize: y = saturate(round(x / scale) + zero), round to even (ONNX QuantizeLinear).
#pragma once

#include <string>

#include "ops/attrs.h"

namespace hone {

struct QuantizeAttrs {
  int64_t axis = 1;     // that a scale of one axis goes along; counted from the end if negative
  int64_t block = 0;    // entries of the axis that share a scale; 0: one an entry
  std::string to = "";  // y's dtype where there is no zero point; "": u8
  // Says to fold_quantized how sums that become these codes are rounded: as TFLite's kernels do.
  bool fixed_point = false;
  bool saturate = true;  // of 8-bit floats: the largest number instead of infinity or NaN
  void visit(AttrVisitor& v) {
    v.field("axis", axis);
    v.field("block", block);
    v.field("to", to);
    v.field("saturate", saturate);
    v.field("fixed_point", fixed_point);
  }
};

}  // namespace hone
