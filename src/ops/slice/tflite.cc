#include "frontend/tflite/node_import.h"
#include "ops/binary/op.h"
#include "ops/reshape/op.h"
#include "ops/slice/op.h"

namespace hone::tflite {
namespace {

using Ints = std::vector<int64_t>;
constexpr int64_t kFar = INT64_MAX;

ir::ValueId list(NodeImport& n, const Ints& values) {
  const std::vector<double> doubles(values.begin(), values.end());
  return n.constant(DType::i64, doubles);
}

// Starts and sizes that are known only when run; a size of -1 takes all that is left.
void slice_by_values(NodeImport& n) {
  const ir::ValueId starts = n.cast(n.input(1), DType::i64), sizes = n.cast(n.input(2), DType::i64);
  const ir::ValueId all =
      n.add("binary", {sizes, n.scalar(DType::i64, 0)}, BinaryAttrs{BinaryKind::less});
  const ir::ValueId ends = n.add("binary", {starts, sizes}, BinaryAttrs{BinaryKind::add});
  const ir::ValueId far = n.scalar(DType::i64, INT32_MAX);
  n.output(0,
           n.add("slice", {n.input(0), starts, n.add("select", {all, far, ends})}, SliceAttrs{}));
}

void slice(NodeImport& n) {
  const auto starts = n.constant_ints(n.input(1)), sizes = n.constant_ints(n.input(2));
  if (!starts || !sizes) return slice_by_values(n);
  SliceAttrs attrs{.starts = *starts, .ends = *sizes};
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

// A bit an entry of the lists: take the axis whole at its beginning or end, take one element and
// drop the axis, skip to the last axes, or make an axis of size 1.
struct Masks {
  int32_t begin, end, shrink, ellipsis, new_axis;
};

bool bit(int32_t mask, size_t i) { return i < 32 && (static_cast<uint32_t>(mask) >> i & 1) != 0; }

// The lists' entries as slices of axes, and what becomes of the axes afterwards.
struct Strided {
  SliceAttrs slices;
  ReshapeAttrs dropped{.to = ReshapeAttrs::To::squeeze};
  ReshapeAttrs made{.to = ReshapeAttrs::To::unsqueeze};
};

void add_entry(Strided& s, const Masks& masks, size_t i, int64_t axis, Dim size, const Ints& begins,
               const Ints& ends, const Ints& steps) {
  const bool back = steps[i] < 0;
  int64_t start = begins[i], end = ends[i], step = steps[i];
  if (bit(masks.begin, i)) start = back ? kFar : 0;
  if (bit(masks.end, i)) end = back ? -kFar : kFar;
  if (bit(masks.shrink, i)) {
    end = start == -1 || start == kFar ? kFar : start + 1;
    step = 1;
    s.dropped.shape.push_back(axis);
  } else if (back && !size.is_symbol() && start < -size.value()) {
    start = end = 0;  // back from before the beginning: nothing, where our slice takes element 0
  }
  s.slices.axes.push_back(axis);
  s.slices.starts.push_back(start);
  s.slices.ends.push_back(end);
  s.slices.steps.push_back(step);
}

void emit(NodeImport& n, const Strided& s) {
  ir::ValueId y = n.input(0);
  if (!s.slices.axes.empty()) y = n.add("slice", {y}, s.slices);
  if (!s.dropped.shape.empty()) y = n.add("reshape", {y}, s.dropped);
  if (!s.made.shape.empty()) y = n.add("reshape", {y}, s.made);
  n.output(0, y);
}

void slice_by_lists(NodeImport& n, const Masks& masks, const Ints& begins, const Ints& ends,
                    const Ints& steps) {
  const size_t count = begins.size();
  const auto rank = n.rank(n.input(0));
  if (ends.size() != count || steps.size() != count || count > 2 * kMaxRank || !rank) {
    return n.invalid("its lists are not of one size");
  }
  size_t taken = 0;  // axes of x that entries other than the ellipsis stand for
  for (size_t i = 0; i < count; ++i) {
    taken += bit(masks.ellipsis, i) || bit(masks.new_axis, i) ? 0 : 1;
  }
  if (taken > *rank) return n.invalid("slices ", taken, " of ", *rank, " axes");
  Strided s;
  int64_t axis = 0, result_axis = 0;
  for (size_t i = 0; i < count; ++i) {
    if (bit(masks.ellipsis, i)) {
      axis += static_cast<int64_t>(*rank - taken);
      result_axis += static_cast<int64_t>(*rank - taken);
      taken = *rank;  // a second one stands for nothing
    } else if (bit(masks.new_axis, i)) {
      s.made.shape.push_back(result_axis++);
    } else {
      const Dim size = n.type(n.input(0)).tensor.shape[static_cast<size_t>(axis)];
      add_entry(s, masks, i, axis++, size, begins, ends, steps);
      result_axis += bit(masks.shrink, i) ? 0 : 1;
    }
  }
  emit(n, s);
}

// Begins or ends that are known only when run, with steps forward.
void slice_by_values(NodeImport& n, const Masks& masks, const Ints& steps) {
  if (masks.ellipsis != 0 || masks.new_axis != 0) {
    return n.unsupported("slices with new axes at places that are known only when run");
  }
  const size_t count = steps.size();
  Ints first(count), last(count), one(count);
  ReshapeAttrs dropped{.to = ReshapeAttrs::To::squeeze};
  for (size_t i = 0; i < count; ++i) {
    if (steps[i] < 1) return n.unsupported("slices backwards from places known only when run");
    first[i] = bit(masks.begin, i);
    last[i] = bit(masks.end, i);
    one[i] = bit(masks.shrink, i);
    if (one[i] != 0) dropped.shape.push_back(static_cast<int64_t>(i));
  }
  const auto where = [&](const Ints& mask, ir::ValueId a, ir::ValueId b) {
    return n.add("select", {n.cast(list(n, mask), DType::boolean), a, b});
  };
  const ir::ValueId far = n.scalar(DType::i64, INT32_MAX), zero = n.scalar(DType::i64, 0);
  const ir::ValueId starts = where(first, zero, n.cast(n.input(1), DType::i64));
  const ir::ValueId next =
      n.add("binary", {starts, n.scalar(DType::i64, 1)}, BinaryAttrs{BinaryKind::add});
  // The element behind -1 is the end.
  const ir::ValueId at_end = n.add("binary", {next, zero}, BinaryAttrs{BinaryKind::equal});
  const ir::ValueId behind = n.add("select", {at_end, far, next});
  const ir::ValueId ends = where(last, far, n.cast(n.input(2), DType::i64));
  SliceAttrs attrs{.steps = steps};
  ir::ValueId y = n.add("slice", {n.input(0), starts, where(one, behind, ends)}, attrs);
  if (!dropped.shape.empty()) y = n.add("reshape", {y}, dropped);
  n.output(0, y);
}

void strided_slice(NodeImport& n) {
  using Options = schema::StridedSliceOptions;
  const auto options = n.options<Options>();
  if (options.get(Options::offset)) return n.unsupported("slices by offsets");
  const Masks masks{.begin = options.get(Options::begin_mask),
                    .end = options.get(Options::end_mask),
                    .shrink = options.get(Options::shrink_axis_mask),
                    .ellipsis = options.get(Options::ellipsis_mask),
                    .new_axis = options.get(Options::new_axis_mask)};
  const Ints steps = n.ints(3);
  const auto begins = n.constant_ints(n.input(1)), ends = n.constant_ints(n.input(2));
  if (!n.ok()) return;
  if (begins && ends) return slice_by_lists(n, masks, *begins, *ends, steps);
  slice_by_values(n, masks, steps);
}

void reverse(NodeImport& n) {
  SliceAttrs attrs{.axes = n.ints(1)};
  attrs.starts.assign(attrs.axes.size(), kFar);
  attrs.ends.assign(attrs.axes.size(), -kFar);
  attrs.steps.assign(attrs.axes.size(), -1);
  n.output(0, n.add("slice", {n.input(0)}, attrs));
}

}  // namespace

std::span<const TfliteOp> slice_tflite_ops() {
  static constexpr TfliteOp kOps[] = {
      {BuiltinOperator::SLICE, slice},
      {BuiltinOperator::STRIDED_SLICE, strided_slice},
      {BuiltinOperator::REVERSE_V2, reverse},
  };
  return kOps;
}

}  // namespace hone::tflite
