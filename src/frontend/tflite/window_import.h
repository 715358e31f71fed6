// The attributes of sliding windows as TFLite's convolutions and poolings name them.
#pragma once

#include "frontend/tflite/node_import.h"
#include "ops/window.h"

namespace hone::tflite {

enum class Dilated : uint8_t { no, yes };

inline WindowAttrs::Pad pad_of(int8_t padding) {
  return static_cast<schema::Padding>(padding) == schema::Padding::SAME
             ? WindowAttrs::Pad::same_upper
             : WindowAttrs::Pad::valid;
}

template <class Options, Dilated dilated = Dilated::no>
WindowAttrs window_attrs(const TableOf<Options>& options) {
  WindowAttrs attrs{.strides = {options.get(Options::stride_h), options.get(Options::stride_w)}};
  if constexpr (dilated == Dilated::yes) {
    attrs.dilations = {options.get(Options::dilation_h_factor),
                       options.get(Options::dilation_w_factor)};
  }
  attrs.pad = pad_of(options.get(Options::padding));
  return attrs;
}

}  // namespace hone::tflite
