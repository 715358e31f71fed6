// max_unpool: elements back at the places where max pooling found them, zeros elsewhere (ONNX
// MaxUnpool).
#pragma once

#include "ops/attrs.h"
#include "ops/window.h"

namespace hone {

struct MaxUnpoolAttrs {
  std::vector<int64_t> kernel;
  WindowAttrs window;
  void visit(AttrVisitor& v) {
    v.field("kernel", kernel);
    window.visit(v);
  }
};

}  // namespace hone
