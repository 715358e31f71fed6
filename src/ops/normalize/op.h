// normalize: (x - mean) / sqrt(variance + eps) within rows or groups of channels, then scaled and
// shifted (ONNX LayerNormalization, RMSNormalization, InstanceNormalization, GroupNormalization).
#pragma once

#include <span>

#include "ops/attrs.h"

namespace hone {

struct NormalizeAttrs {
  enum class Kind : uint8_t {
    layer,   // over the axes from `axis` on; scale and bias have their shape
    rms,     // the same without a mean: x / sqrt(mean of squares + eps)
    groups,  // over `groups` runs of neighboring channels (axis 1), 0 means one a channel; scale
             // and bias are one a channel, or one a group
  };
  Kind kind = Kind::layer;
  int64_t axis = -1;
  int64_t groups = 0;
  float eps = 1e-5f;
  void visit(AttrVisitor& v);
};
inline constexpr std::string_view kNormalizeKindNames[] = {"layer", "rms", "groups"};

inline void NormalizeAttrs::visit(AttrVisitor& v) {
  v.field("kind", kind, kNormalizeKindNames);
  v.field("axis", axis);
  v.field("groups", groups);
  v.field("eps", eps);
}

// x as `rows` rows of `size` elements that are normalized together. Element i of row r takes number
// (r % row_period * size + i) / run of scale and bias.
struct NormalizeSizes {
  int64_t rows = 1, size = 1;
  int64_t run = 1, row_period = 1;
};
// `numbers` is the length of scale and bias, 0 without them.
NormalizeSizes normalize_sizes(const NormalizeAttrs& attrs, std::span<const int64_t> sizes,
                               int64_t numbers);

}  // namespace hone
