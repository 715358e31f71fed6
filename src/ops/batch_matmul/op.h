// batch_matmul: y = alpha a b + beta c by NumPy's rules for matmul (ONNX MatMul and Gemm).
#pragma once

#include "ops/attrs.h"

namespace hone {

struct BatchMatmulAttrs {
  bool trans_a = false;  // the last two axes change places before
  bool trans_b = false;
  float alpha = 1;
  float beta = 1;
  void visit(AttrVisitor& v) {
    v.field("trans_a", trans_a);
    v.field("trans_b", trans_b);
    v.field("alpha", alpha);
    v.field("beta", beta);
  }
};

}  // namespace hone
