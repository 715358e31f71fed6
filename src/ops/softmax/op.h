// softmax: e^x as shares of their sum along an axis, their logarithm, or a 1 where the largest
// element stands (ONNX Softmax, LogSoftmax, Hardmax).
#pragma once

#include "ops/attrs.h"

namespace hone {

struct SoftmaxAttrs {
  enum class Kind : uint8_t { softmax, log_softmax, hardmax };
  Kind kind = Kind::softmax;
  int64_t axis = -1;
  bool to_end = false;  // the axes from `axis` on as if they were one (ONNX before opset 13)
  void visit(AttrVisitor& v);
};
inline constexpr std::string_view kSoftmaxKindNames[] = {"softmax", "log_softmax", "hardmax"};

inline void SoftmaxAttrs::visit(AttrVisitor& v) {
  v.field("kind", kind, kSoftmaxKindNames);
  v.field("axis", axis);
  v.field("to_end", to_end);
}

// x as [outer, size, inner] with the axis in the middle.
struct SoftmaxSizes {
  int64_t outer = 1, size = 1, inner = 1;
};
SoftmaxSizes softmax_sizes(const SoftmaxAttrs& attrs, std::span<const int64_t> sizes);

}  // namespace hone
