// Windows that slide over spatial axes, as convolutions and poolings share them.
#pragma once

#include <string_view>
#include <vector>

#include "base/error.h"
#include "ops/attrs.h"
#include "tensor/shape.h"

namespace hone {

struct WindowAttrs {
  enum class Pad : uint8_t {
    given,       // by `pads`
    same_upper,  // the result has ceil(size / stride) places; the odd one more at the end
    same_lower,  // ... at the beginning
    valid,       // none
  };
  // One value a spatial axis; empty: all 1 (strides, dilations) or 0 (pads: all beginnings, then
  // all ends).
  std::vector<int64_t> strides, dilations, pads;
  Pad pad = Pad::given;
  void visit(AttrVisitor& v);
};
inline constexpr std::string_view kPadNames[] = {"given", "same_upper", "same_lower", "valid"};

inline void WindowAttrs::visit(AttrVisitor& v) {
  v.field("strides", strides);
  v.field("dilations", dilations);
  v.field("pads", pads);
  v.field("pad", pad, kPadNames);
}

// One spatial axis: result place o sees x[o * stride - begin + k * dilation] for k in [0, kernel).
struct WindowAxis {
  int64_t kernel, stride, dilation, begin, end;
  // Places of the result over `size` elements; rounded up if `ceil`, but the last place must begin
  // inside the elements or the padding before them.
  int64_t places(int64_t size, bool ceil) const;
};

// The axes of a window over x of these spatial sizes. An error names what makes no sense.
Expected<std::vector<WindowAxis>> window_axes(const WindowAttrs& attrs, std::span<const Dim> sizes,
                                              std::span<const int64_t> kernel);

}  // namespace hone
