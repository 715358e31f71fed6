// conv_transpose: each element of x adds the kernel, scaled, to the places around its own: what
// conv is the gradient of (ONNX ConvTranspose).
#pragma once

#include "ops/attrs.h"
#include "ops/window.h"

namespace hone {

struct ConvTransposeAttrs {
  WindowAttrs window;
  int64_t groups = 1;
  // One value a spatial axis; empty: 0, or what follows.
  std::vector<int64_t> output_padding, output_shape;
  void visit(AttrVisitor& v) {
    window.visit(v);
    v.field("groups", groups);
    v.field("output_padding", output_padding);
    v.field("output_shape", output_shape);
  }
};

// One spatial axis: x[i] reaches y[i * stride - begin + k * dilation] for k in [0, kernel).
struct TransposeAxis {
  int64_t kernel, stride, dilation, begin;
  int64_t out;  // places of y
};

// The axes over x of these spatial sizes, which must be numbers. An error names what makes no
// sense.
Expected<std::vector<TransposeAxis>> transpose_axes(const ConvTransposeAttrs& attrs,
                                                    std::span<const Dim> sizes,
                                                    std::span<const int64_t> kernel);

}  // namespace hone
