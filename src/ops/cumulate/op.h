// cumulate: running sums or products along an axis (ONNX CumSum, CumProd).
#pragma once

#include "ops/attrs.h"

namespace hone {

struct CumulateAttrs {
  bool product = false;
  bool exclusive = false;  // each element is what came before it
  bool reverse = false;    // from the end
  int64_t axis = 0;        // the operand `axis` may give it instead
  void visit(AttrVisitor& v) {
    v.field("product", product);
    v.field("exclusive", exclusive);
    v.field("reverse", reverse);
    v.field("axis", axis);
  }
};

}  // namespace hone
