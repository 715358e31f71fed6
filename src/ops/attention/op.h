// attention: softmax(q * transpose(k) * scale) * v of each token over the cached positions of its
// own sequence up to and including its own (arXiv:1706.03762), query heads grouped over key heads
// (arXiv:2305.13245). Scores are taken in fixed blocks of positions, so that a token's result does
// not depend on which other tokens stand beside it.
#pragma once

#include "ops/attrs.h"

namespace hone {

struct AttentionAttrs {
  float scale = 1.0f;
  int64_t window = 0;    // positions seen back from the token, itself included; 0: all
  float softcap = 0.0f;  // scores become softcap * tanh(score / softcap); 0: off
  void visit(AttrVisitor& v) {
    v.field("scale", scale);
    v.field("window", window);
    v.field("softcap", softcap);
  }
};

}  // namespace hone
