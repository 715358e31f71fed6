// col2im: columns that are blocks of an image, added up where they overlap (ONNX Col2Im).
#pragma once

#include "ops/attrs.h"
#include "ops/define.h"

namespace hone {

// Lists are empty (1, or 0 for pads) or have an entry for each axis of the image.
struct Col2imAttrs {
  std::vector<int64_t> strides, dilations;
  std::vector<int64_t> pads;  // before each axis, then after each
  void visit(AttrVisitor& v) {
    v.field("strides", strides);
    v.field("dilations", dilations);
    v.field("pads", pads);
  }
};

// One axis of the image: `blocks` blocks of `block` elements, in `size` elements.
struct Col2imAxis {
  int64_t size, block, stride, dilation, before, blocks;
};
// What attributes and the elements of both shapes say; each fits the others.
Expected<std::vector<Col2imAxis>> find_axes(const Col2imAttrs& attrs,
                                            const std::vector<int64_t>& image,
                                            const std::vector<int64_t>& block);

}  // namespace hone
