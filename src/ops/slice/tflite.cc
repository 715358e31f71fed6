#include "frontend/tflite/node_import.h"
#include "ops/reshape/op.h"
#include "ops/slice/op.h"

namespace hone::tflite {
namespace {

constexpr int64_t kFar = INT64_MAX;

void slice(NodeImport& n) {
  SliceAttrs attrs{.starts = n.ints(1), .ends = n.ints(2)};
  if (attrs.starts.size() != attrs.ends.size()) return n.invalid("its lists are not of one size");
  for (size_t i = 0; i < attrs.ends.size(); ++i) {
    if (attrs.ends[i] < 0) {
      attrs.ends[i] = kFar;
    } else if (__builtin_add_overflow(attrs.ends[i], attrs.starts[i], &attrs.ends[i])) {
      return n.invalid("its ends are too large");
    }
  }
  n.output(0, n.add("slice", {n.input(0)}, attrs));
}

// A bit an axis: take it whole at the beginning or end, or take one element and drop the axis.
void strided_slice(NodeImport& n) {
  using Options = schema::StridedSliceOptions;
  const auto options = n.options<Options>();
  if (options.get(Options::ellipsis_mask) != 0 || options.get(Options::new_axis_mask) != 0 ||
      options.get(Options::offset)) {
    return n.unsupported("slices with new axes or by offsets");
  }
  SliceAttrs attrs{.starts = n.ints(1), .ends = n.ints(2), .steps = n.ints(3)};
  const size_t axes = attrs.starts.size();
  if (attrs.ends.size() != axes || attrs.steps.size() != axes || axes > kMaxRank) {
    return n.invalid("its lists are not of one size");
  }
  const auto bit = [](int32_t mask, size_t i) { return (mask >> i & 1) != 0; };
  ReshapeAttrs dropped{.to = ReshapeAttrs::To::squeeze};
  for (size_t i = 0; i < axes; ++i) {
    const bool back = attrs.steps[i] < 0;
    if (bit(options.get(Options::begin_mask), i)) attrs.starts[i] = back ? kFar : 0;
    if (bit(options.get(Options::end_mask), i)) attrs.ends[i] = back ? -kFar : kFar;
    if (!bit(options.get(Options::shrink_axis_mask), i)) continue;
    attrs.ends[i] = attrs.starts[i] == -1 || attrs.starts[i] == kFar ? kFar : attrs.starts[i] + 1;
    attrs.steps[i] = 1;
    dropped.shape.push_back(static_cast<int64_t>(i));
  }
  ir::ValueId y = n.add("slice", {n.input(0)}, attrs);
  if (!dropped.shape.empty()) y = n.add("reshape", {y}, dropped);
  n.output(0, y);
}

}  // namespace

std::span<const TfliteOp> slice_tflite_ops() {
  static constexpr TfliteOp kOps[] = {
      {BuiltinOperator::SLICE, slice},
      {BuiltinOperator::STRIDED_SLICE, strided_slice},
  };
  return kOps;
}

}  // namespace hone::tflite
