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

// The size of an axis that was pooled to `size` places; 0 if that makes no sense.
inline int64_t unpooled_size(const WindowAxis& axis, int64_t size) {
  const int64_t places = (size - 1) * axis.stride - axis.begin - axis.end + axis.kernel;
  return size == 0 || places < 0 ? 0 : places;
}

// Where in a result of shape `to` the element stands that has flat index `index` in shape `from`;
// -1: nowhere.
inline int64_t moved_index(int64_t index, std::span<const int64_t> from,
                           std::span<const int64_t> to) {
  if (index < 0) return -1;
  int64_t moved = 0, step = 1;
  for (size_t i = from.size(); i-- > 0;) {
    if (from[i] == 0) return -1;
    const int64_t at = index % from[i];
    index /= from[i];
    if (at >= to[i]) return -1;
    moved += at * step;
    step *= to[i];
  }
  return index == 0 ? moved : -1;
}

// The shape that indices count in: what x was pooled from, as far as its shape tells.
std::vector<int64_t> unpooled_shape(const MaxUnpoolAttrs& attrs, std::span<const int64_t> x_sizes);

}  // namespace hone
