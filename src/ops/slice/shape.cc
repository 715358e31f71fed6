#include <algorithm>

#include "ops/define.h"
#include "ops/shape_rules.h"
#include "ops/slice/op.h"

namespace hone {
namespace {

constexpr std::string_view kOperands[] = {"x", "starts?", "ends?", "axes?", "steps?"};
constexpr std::string_view kResults[] = {"y"};
constexpr std::string_view kConstraints[] = {
    "C1: x has plain elements",
    "C2: starts, ends, axes and steps are lists of integers, as long as each other",
    "C3: each axis is one of x's, named once",
    "C4: no step is 0",
};

// What is left of an axis whose size is not a number: all of it, or who knows.
Dim slice_symbol(const AxisSlice& slice, Dim dim) {
  const bool all = slice.step == 1 && slice.start == 0 && slice.end >= INT32_MAX;
  return all ? dim : Dim::unknown();
}

Expected<std::vector<TensorType>> infer(const SliceAttrs& attrs, OperandTypes operands) {
  const TensorType& x = *operands[0];
  if (!has_plain_elements(x.dtype)) return fail_constraint("C1", "x is ", name_of(x.dtype));
  HONE_TRY(const auto slices, find_slices(attrs, operands));
  if (!slices) return known_when_run();
  Shape shape = x.shape;
  for (const AxisSlice& slice : *slices) {
    Dim& dim = shape[slice.axis];
    dim = dim.is_symbol() ? slice_symbol(slice, dim) : Dim(range_of(slice, dim.value()).count);
  }
  return std::vector<TensorType>{{x.dtype, std::move(shape)}};
}

Cost cost(const SliceAttrs&, BoundTypes, BoundTypes results) {
  Cost cost;
  cost.bytes = 2 * bytes_of(*results[0]);
  return cost;
}

std::vector<ByteView> views(const SliceAttrs& attrs, OperandTypes operands, const TensorType& y) {
  const TensorType& x = *operands[0];
  const auto slices = find_slices(attrs, operands);
  if (!slices || !*slices) return {};
  std::vector<int64_t> first(x.shape.size(), 0);
  for (const AxisSlice& slice : **slices) {
    if (slice.step != 1 && y.shape[slice.axis].value() > 1) return {};
    first[slice.axis] = range_of(slice, x.shape[slice.axis].value()).first;
  }
  const auto behind = stretch_in(x, y.shape, first);
  return behind ? std::vector<ByteView>{{0, *behind}} : std::vector<ByteView>{};
}

}  // namespace

Expected<std::optional<std::vector<AxisSlice>>> find_slices(const SliceAttrs& attrs,
                                                            OperandTypes operands) {
  using Slices = std::optional<std::vector<AxisSlice>>;
  for (size_t i = 1; i < 5; ++i) {
    if (!is_list_of_ints(operands[i])) return fail_constraint("C2", "a list is no integers");
  }
  const auto starts = given_ints(attrs.starts, operands[1]),
             ends = given_ints(attrs.ends, operands[2]), axes = given_ints(attrs.axes, operands[3]),
             steps = given_ints(attrs.steps, operands[4]);
  if (!starts || !ends || !axes || !steps) return Slices();
  const size_t count = starts->size(), rank = operands[0]->shape.size();
  if (ends->size() != count || (!axes->empty() && axes->size() != count) ||
      (!steps->empty() && steps->size() != count)) {
    return fail_constraint("C2", "the lists differ in length");
  }
  std::vector<bool> named(rank, false);
  std::vector<AxisSlice> slices;
  for (size_t i = 0; i < count; ++i) {
    const int64_t axis = axes->empty() ? static_cast<int64_t>(i) : (*axes)[i];
    const auto found = find_axis(axis, rank);
    if (!found || named[*found]) return fail_constraint("C3", "axis ", axis, " makes no sense");
    named[*found] = true;
    const int64_t step = steps->empty() ? 1 : (*steps)[i];
    if (step == 0) return fail_constraint("C4", "the step of axis ", axis, " is 0");
    slices.push_back({*found, (*starts)[i], (*ends)[i], step});
  }
  return Slices(std::move(slices));
}

SliceRange range_of(const AxisSlice& slice, int64_t size) {
  // Walking back, a slice begins at an element and may end before the first one.
  const auto clamp = [&](int64_t at, int64_t least, int64_t most) {
    return std::clamp(at < 0 ? at + size : at, least, std::max(least, most));
  };
  const bool back = slice.step < 0;
  const int64_t first = clamp(slice.start, 0, back ? size - 1 : size);
  const int64_t end = clamp(slice.end, back ? -1 : 0, back ? size - 1 : size);
  const int64_t distance = back ? first - end : end - first;
  if (size == 0 || distance <= 0) return {0, 0};
  const uint64_t step = slice.step > 0 ? static_cast<uint64_t>(slice.step)
                                       : uint64_t{0} - static_cast<uint64_t>(slice.step);
  return {first, static_cast<int64_t>((static_cast<uint64_t>(distance) - 1) / step + 1)};
}

const OpDef& slice_op() {
  using T = Typed<SliceAttrs, infer, cost>;
  static const OpDef kDef{.name = "slice",
                          .summary = "every step-th element of ranges along axes (ONNX Slice)",
                          .operands = kOperands,
                          .results = kResults,
                          .constraints = kConstraints,
                          .default_attrs = T::default_attrs,
                          .infer = T::infer,
                          .cost = T::cost,
                          .value_operands = 0b11110,
                          .views = typed_views<SliceAttrs, views>};
  return kDef;
}

}  // namespace hone
