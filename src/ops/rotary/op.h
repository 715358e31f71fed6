// rotary: pairs of each head's elements turned by the angles of their position (ONNX
// RotaryEmbedding).
#pragma once

#include "ops/attrs.h"

namespace hone {

struct RotaryAttrs {
  int64_t heads = 0;         // of x with 3 axes, [batch, sequence, heads * size]; else x has 4
  int64_t turned = 0;        // elements of each head that are turned, the first; 0: all
  bool interleaved = false;  // pairs are neighbors, not the halves of what is turned
  void visit(AttrVisitor& v) {
    v.field("heads", heads);
    v.field("turned", turned);
    v.field("interleaved", interleaved);
  }
};

}  // namespace hone
