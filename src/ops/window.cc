#include "ops/window.h"

#include <algorithm>

namespace hone {
namespace {

// Far beyond any model, small enough that products of two do not overflow.
constexpr int64_t kMaxSize = int64_t{1} << 30;

int64_t value_at(const std::vector<int64_t>& values, size_t i, int64_t missing) {
  return values.empty() ? missing : values[i];
}

}  // namespace

int64_t WindowAxis::places(int64_t size, bool ceil) const {
  const int64_t reach = (kernel - 1) * dilation + 1;
  const int64_t room = size + begin + end - reach;
  if (room < 0) return 0;
  int64_t count = (ceil ? (room + stride - 1) / stride : room / stride) + 1;
  if (ceil && (count - 1) * stride >= size + begin) --count;
  return count;
}

Expected<std::vector<WindowAxis>> window_axes(const WindowAttrs& attrs, std::span<const Dim> sizes,
                                              std::span<const int64_t> kernel) {
  const size_t n = kernel.size();
  const auto fits = [](const std::vector<int64_t>& values, size_t wanted) {
    return values.empty() || values.size() == wanted;
  };
  if (sizes.size() != n || !fits(attrs.strides, n) || !fits(attrs.dilations, n) ||
      !fits(attrs.pads, 2 * n)) {
    return fail(Code::invalid_argument, "strides, dilations and pads must name ", n, " axes");
  }
  std::vector<WindowAxis> axes;
  for (size_t i = 0; i < n; ++i) {
    WindowAxis axis{kernel[i], value_at(attrs.strides, i, 1), value_at(attrs.dilations, i, 1),
                    value_at(attrs.pads, i, 0), value_at(attrs.pads, n + i, 0)};
    const auto sane = [](int64_t value, int64_t least) {
      return value >= least && value <= kMaxSize;
    };
    if (!sane(axis.kernel, 1) || !sane(axis.stride, 1) || !sane(axis.dilation, 1) ||
        !sane(axis.begin, -kMaxSize) || !sane(axis.end, -kMaxSize)) {
      return fail(Code::invalid_argument, "a kernel, stride, dilation or pad is out of range");
    }
    if (attrs.pad != WindowAttrs::Pad::given) axis.begin = axis.end = 0;
    if (attrs.pad == WindowAttrs::Pad::same_upper || attrs.pad == WindowAttrs::Pad::same_lower) {
      if (!sizes[i].is_symbol()) {
        const int64_t size = sizes[i].value();
        const int64_t places = (size + axis.stride - 1) / axis.stride;
        const int64_t reach = (axis.kernel - 1) * axis.dilation + 1;
        const int64_t all = std::max<int64_t>(0, (places - 1) * axis.stride + reach - size);
        const bool upper = attrs.pad == WindowAttrs::Pad::same_upper;
        axis.begin = upper ? all / 2 : all - all / 2;
        axis.end = all - axis.begin;
      }
    }
    axes.push_back(axis);
  }
  return axes;
}

}  // namespace hone
