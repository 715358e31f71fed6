// lrn: y = x / (bias + alpha / size * s)^beta, where s is the sum of squares over `size` channels
// around (ONNX LRN; AlexNet, section 3.3).
#pragma once

#include "ops/attrs.h"

namespace hone {

struct LrnAttrs {
  int64_t size = 5;
  float alpha = 1e-4f;
  float beta = 0.75f;
  float bias = 1;
  void visit(AttrVisitor& v) {
    v.field("size", size);
    v.field("alpha", alpha);
    v.field("beta", beta);
    v.field("bias", bias);
  }
};

}  // namespace hone
