// The attributes of sliding windows as ONNX's Conv, ConvTranspose and poolings name them.
#pragma once

#include "frontend/onnx/node_import.h"
#include "ops/window.h"

namespace hone::onnx {

inline WindowAttrs window_attrs(NodeImport& n) {
  WindowAttrs attrs{
      .strides = n.ints("strides"), .dilations = n.ints("dilations"), .pads = n.ints("pads")};
  const std::string pad = n.attr("auto_pad", "NOTSET");
  if (pad == "SAME_UPPER") attrs.pad = WindowAttrs::Pad::same_upper;
  if (pad == "SAME_LOWER") attrs.pad = WindowAttrs::Pad::same_lower;
  if (pad == "VALID") attrs.pad = WindowAttrs::Pad::valid;
  return attrs;
}

}  // namespace hone::onnx
