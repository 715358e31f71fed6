// glu: y = activation(gate) * up, elementwise (arXiv:2002.05202: SwiGLU with silu, GEGLU with
// gelu).
#pragma once

#include "ops/rms_norm/op.h"
#include "ops/unary/op.h"

namespace hone {

struct GluAttrs {
  UnaryKind activation = UnaryKind::silu;
  RowResult result = RowResult::f32;
  void visit(AttrVisitor& v) {
    v.field("activation", activation, kUnaryKindNames);
    v.field("result", result, kRowResultNames);
  }
};

}  // namespace hone
