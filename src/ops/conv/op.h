// conv: convolution over 1 to 3 spatial axes, channels second (ONNX Conv), with an epilogue whose
// slope of leaky may be a number a channel.
#pragma once

#include "ops/attrs.h"
#include "ops/epilogue.h"
#include "ops/window.h"

namespace hone {

struct ConvAttrs {
  WindowAttrs window;
  int64_t groups = 1;
  EpilogueAttrs epilogue;
  void visit(AttrVisitor& v) {
    window.visit(v);
    v.field("groups", groups);
    epilogue.visit(v);
  }
};

}  // namespace hone
