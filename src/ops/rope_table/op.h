// rope_table: the rotary angles of each position as (cos, sin) pairs (arXiv:2104.09864), with
// linear, per-frequency (Llama 3) and YaRN (arXiv:2309.00071) scaling. Shared by all layers of a
// model.
#pragma once

#include "ops/attrs.h"

namespace hone {

struct RopeTableAttrs {
  int64_t rotary_dim = 0;  // elements of a head that rotate; even
  float base = 10000.0f;
  float position_scale = 1.0f;  // linear scaling: angles are of position * position_scale
  // YaRN, active when yarn_factor > 0: between fast and slow dimensions blend from no scaling to
  // position_scale.
  float yarn_factor = 0.0f;
  int64_t original_context = 0;
  float beta_fast = 32.0f;
  float beta_slow = 1.0f;
  float magnitude = 1.0f;  // multiplies cos and sin
  void visit(AttrVisitor& v) {
    v.field("rotary_dim", rotary_dim);
    v.field("base", base);
    v.field("position_scale", position_scale);
    v.field("yarn_factor", yarn_factor);
    v.field("original_context", original_context);
    v.field("beta_fast", beta_fast);
    v.field("beta_slow", beta_slow);
    v.field("magnitude", magnitude);
  }
};

// The angle of `position` for pair `pair` (0 .. rotary_dim / 2), in radians.
double rope_angle(const RopeTableAttrs& attrs, int64_t pair, double position, double factor);

}  // namespace hone
