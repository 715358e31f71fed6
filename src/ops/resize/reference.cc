#include "ops/resize/op.h"

#include <cmath>

#include "ops/list.h"
#include "ops/shape_rules.h"
#include "reference/case_operands.h"

namespace hone {
namespace {

using namespace ir;
using Coordinates = ResizeAttrs::Coordinates;
using Mode = ResizeAttrs::Mode;

// The weighted sum over all axes, one axis inside the other.
double look(const HostTensor& x, const std::vector<ResizeTaps>& taps,
            const std::vector<int64_t>& place, size_t axis, int64_t offset, double extrapolation) {
  if (axis == taps.size()) return x.data[static_cast<size_t>(offset)];
  const ResizeTaps& t = taps[axis];
  const auto i = static_cast<size_t>(place[axis]);
  if (!t.outside.empty() && t.outside[i]) return extrapolation;
  double sum = 0;
  for (int64_t k = 0; k < t.count; ++k) {
    const size_t at = i * static_cast<size_t>(t.count) + static_cast<size_t>(k);
    const double value =
        look(x, taps, place, axis + 1, offset * x.shape[axis] + t.index[at], extrapolation);
    sum = t.count == 1 ? value : sum + value * static_cast<double>(t.weight[at]);
  }
  return sum;
}

void reference(const ReferenceArgs& args) {
  const auto& attrs = args.attrs.as<ResizeAttrs>();
  const HostTensor& x = *args.operands[0];
  HostTensor& y = args.results[0];
  ResizeTargets targets;
  if (args.operands[1] != nullptr) targets.roi = args.operands[1]->data;
  if (args.operands[2] != nullptr) targets.scales = args.operands[2]->data;
  if (args.operands[3] != nullptr) {
    for (const double size : args.operands[3]->data) {
      targets.sizes.push_back(static_cast<int64_t>(size));
    }
  }
  const auto axes = resize_axes(attrs, x.shape, targets);
  std::vector<ResizeTaps> taps;
  for (const ResizeAxis& axis : *axes) taps.push_back(resize_taps(attrs, axis));
  std::vector<int64_t> place(y.shape.size());
  for (size_t i = 0; i < y.data.size(); ++i) {
    auto rest = static_cast<int64_t>(i);
    for (size_t a = place.size(); a-- > 0; rest /= y.shape[a]) place[a] = rest % y.shape[a];
    y.data[i] = look(x, taps, place, 0, 0, static_cast<double>(attrs.extrapolation));
    if (is_integer(y.dtype)) y.data[i] = std::trunc(y.data[i]);
  }
}

// Scales are filled with 1 to 1.5, sizes with 5 upwards.
CaseOperand some_scales(int64_t axes) { return positive({axes}); }
CaseOperand some_sizes(int64_t axes) {
  return {.dtype = DType::i64, .shape = {axes}, .fill = Fill::position, .limit = 5};
}

std::vector<OpCase> cases() {
  std::vector<OpCase> all;
  const std::vector<int64_t> both{2, 3};
  for (size_t m = 0; m < std::size(kResizeModeNames); ++m) {
    for (size_t c = 0; c < std::size(kResizeCoordinateNames); ++c) {
      const ResizeAttrs attrs{.mode = static_cast<Mode>(m),
                              .coordinates = static_cast<Coordinates>(c),
                              .nearest = static_cast<ResizeAttrs::Nearest>(c % 4),
                              .extrapolation = 7,
                              .axes = both};
      const auto roi =
          attrs.coordinates == Coordinates::tf_crop_and_resize ? positive({4}) : absent();
      const std::string name = cat(kResizeModeNames[m], "_", kResizeCoordinateNames[c]);
      all.push_back({cat(name, "_up"), attrs, {floats({1, 3, 9, 37}), roi, some_scales(2)}});
      all.push_back(
          {cat(name, "_down"), attrs, {floats({1, 2, 13, 11}), roi, absent(), some_sizes(2)}});
    }
    ResizeAttrs attrs{.mode = static_cast<Mode>(m), .antialias = true, .axes = both};
    const std::string_view name = kResizeModeNames[m];
    all.push_back({cat(name, "_antialias"),
                   attrs,
                   {floats({1, 2, 23, 31}), absent(), absent(), some_sizes(2)}});
    attrs.exclude_outside = true;
    all.push_back({cat(name, "_outside"),
                   attrs,
                   {floats({1, 2, 23, 31}), absent(), absent(), some_sizes(2)}});
    attrs = {.mode = static_cast<Mode>(m), .ratio = ResizeAttrs::Ratio::not_larger, .axes = both};
    all.push_back({cat(name, "_not_larger"),
                   attrs,
                   {floats({1, 2, 9, 8}), absent(), absent(), some_sizes(2)}});
    all.push_back({cat(name, "_all_axes"),
                   ResizeAttrs{.mode = static_cast<Mode>(m)},
                   {floats({3, 4, 5}), absent(), some_scales(3)}});
    all.push_back({cat(name, "_u8"),
                   ResizeAttrs{.mode = static_cast<Mode>(m)},
                   {{.dtype = DType::u8, .shape = {3, 4, 5}, .fill = Fill::index, .limit = 200},
                    absent(),
                    some_scales(3)}});
  }
  return all;
}

std::vector<BadCase> bad_cases() {
  const auto x = floats({1, 2, 5, 5});
  const auto scales = positive({4});
  const ResizeAttrs crop{.coordinates = Coordinates::tf_crop_and_resize};
  const auto axes = [](std::vector<int64_t> named) {
    return ResizeAttrs{.axes = std::move(named)};
  };
  const CaseOperand negative{
      .dtype = DType::i64, .shape = {4}, .fill = Fill::position, .limit = -7};
  return {{"C1",
           ResizeAttrs{.mode = Mode::linear},
           {typed(DType::boolean, {1, 2, 5, 5}), absent(), scales, absent()}},
          {"C2", ResizeAttrs{}, {x, absent(), absent(), absent()}},
          {"C2", ResizeAttrs{}, {x, absent(), scales, some_sizes(4)}},
          {"C2", ResizeAttrs{}, {x, absent(), positive({3}), absent()}},
          {"C2", ResizeAttrs{}, {x, absent(), absent(), floats({4})}},
          {"C3", ResizeAttrs{}, {x, absent(), absent(), negative}},
          {"C4", axes({4}), {x, absent(), positive({1}), absent()}},
          {"C4", axes({1, -3}), {x, absent(), positive({2}), absent()}},
          {"C5", crop, {x, absent(), scales, absent()}},
          {"C5", crop, {x, typed(DType::i64, {8}), scales, absent()}}};
}

}  // namespace

const OpSemantics& resize_semantics() {
  static const OpSemantics kSemantics{&resize_op(), reference, cases, nullptr, bad_cases};
  return kSemantics;
}

}  // namespace hone
