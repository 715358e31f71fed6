#include <algorithm>

#include "ops/define.h"
#include "ops/reshape/op.h"
#include "ops/shape_rules.h"

namespace hone {
namespace {

using To = ReshapeAttrs::To;

constexpr std::string_view kOperands[] = {"x", "shape?"};
constexpr std::string_view kResults[] = {"y"};
constexpr int kAliases[] = {0};
constexpr std::string_view kConstraints[] = {
    "C1: the new shape has as many elements as x",
    "C2: sizes are >= -1, -1 stands once, 0 has an axis of x in its place",
    "C3: axes lie inside the rank and are named once; squeezed ones have size 1",
    "C4: the operand shape is i64 or i32 [axes]",
};

// The size that -1 stands for: what is left of x's elements. A symbol that stands alone on the
// other side is that size.
Expected<Dim> left_over(const Shape& x, const Shape& rest) {
  Shape unmatched, wanted;
  for (const Dim& dim : rest) {
    if (!dim.is_symbol()) wanted.push_back(dim);
  }
  std::vector<bool> used(x.size(), false);
  for (const Dim& dim : rest) {
    if (!dim.is_symbol()) continue;
    size_t i = 0;
    while (i < x.size() && (used[i] || dim.is_unknown() || x[i] != dim)) ++i;
    if (i == x.size()) return Dim::unknown();
    used[i] = true;
  }
  int64_t numbers = 1;
  Dim symbol = Dim(1);
  size_t symbols = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    if (used[i]) continue;
    if (x[i].is_symbol()) {
      symbol = x[i];
      ++symbols;
    } else if (__builtin_mul_overflow(numbers, x[i].value(), &numbers)) {
      return fail_constraint("C1", "x has too many elements");
    }
  }
  const Dim known = product(wanted);
  if (known.is_symbol()) return Dim::unknown();
  if (symbols == 1 && known.value() == numbers) return symbol;
  if (symbols > 0) return Dim::unknown();
  if (known.value() == 0 && numbers != 0) return fail_constraint("C1", "x is not empty");
  if (known.value() == 0) return Dim(0);
  if (numbers % known.value() != 0) {
    return fail_constraint("C1", numbers, " elements do not fit rows of ", known.value());
  }
  return Dim(numbers / known.value());
}

Expected<Shape> to_shape(const Shape& x, std::span<const int64_t> sizes, bool allow_zero) {
  Shape result, rest;
  std::ptrdiff_t hole = -1;
  for (size_t i = 0; i < sizes.size(); ++i) {
    const bool copy = sizes[i] == 0 && !allow_zero;
    if (sizes[i] < -1 || (sizes[i] == -1 && hole >= 0) || (copy && i >= x.size())) {
      return fail_constraint("C2", "size ", sizes[i], " of axis ", i, " makes no sense");
    }
    if (sizes[i] == -1) hole = static_cast<std::ptrdiff_t>(i);
    result.push_back(copy ? x[i] : Dim(sizes[i]));
    if (sizes[i] != -1) rest.push_back(result.back());
  }
  HONE_TRY(const Dim left, left_over(x, rest));
  if (hole >= 0) {
    result[static_cast<size_t>(hole)] = left;
  } else if (!left.is_symbol() && left != Dim(1) && product(rest) != Dim(0)) {
    return fail_constraint("C1", "the elements do not fit ", to_text(result, {}));
  }
  return result;
}

// Marks which of `rank` axes are named.
Expected<std::vector<bool>> named(std::span<const int64_t> axes, size_t rank) {
  std::vector<bool> marks(rank, false);
  for (const int64_t axis : axes) {
    const auto found = find_axis(axis, rank);
    if (!found || marks[*found]) return fail_constraint("C3", "axis ", axis, " makes no sense");
    marks[*found] = true;
  }
  return marks;
}

Expected<Shape> squeeze(const Shape& x, std::span<const int64_t> axes, bool all) {
  std::vector<bool> marks(x.size());
  if (!all) {
    HONE_TRY(marks, named(axes, x.size()));
  }
  Shape result;
  for (size_t i = 0; i < x.size(); ++i) {
    if (all ? x[i] == Dim(1) : marks[i]) {
      if (!may_equal(x[i], Dim(1))) {
        return fail_constraint("C3", "axis ", i, " has size ", x[i].value(), ", not 1");
      }
      continue;
    }
    result.push_back(x[i]);
  }
  return result;
}

Expected<Shape> unsqueeze(const Shape& x, std::span<const int64_t> axes) {
  HONE_TRY(const std::vector<bool> marks, named(axes, x.size() + axes.size()));
  Shape result;
  size_t next = 0;
  for (const bool mark : marks) result.push_back(mark ? Dim(1) : x[next++]);
  return result;
}

Expected<Shape> flatten(const Shape& x, int64_t axis) {
  const auto rank = static_cast<int64_t>(x.size());
  if (axis < -rank || axis > rank) return fail_constraint("C3", "axis ", axis, " makes no sense");
  const auto cut = static_cast<size_t>(axis < 0 ? axis + rank : axis);
  const std::span<const Dim> dims(x);
  return Shape{product(dims.first(cut)), product(dims.subspan(cut))};
}

Expected<std::vector<TensorType>> infer(const ReshapeAttrs& attrs, OperandTypes operands) {
  const TensorType& x = *operands[0];
  std::vector<int64_t> sizes = attrs.shape;
  if (operands[1] != nullptr) {
    const OperandType& shape = *operands[1];
    if (!is_integer(shape.dtype) || shape.shape.size() > 1) {
      return fail_constraint("C4", "the shape must be integers with one axis");
    }
    const auto known = known_ints(shape);
    if (!known) return known_when_run();
    sizes = *known;
  }
  const bool all = attrs.to == To::squeeze && operands[1] == nullptr && sizes.empty();
  if (all && !is_static(x.shape)) return known_when_run();
  Expected<Shape> result = x.shape;
  if (attrs.to == To::shape) result = to_shape(x.shape, sizes, attrs.allow_zero);
  if (attrs.to == To::flatten) result = flatten(x.shape, attrs.axis);
  if (attrs.to == To::squeeze) result = squeeze(x.shape, sizes, all);
  if (attrs.to == To::unsqueeze) result = unsqueeze(x.shape, sizes);
  if (!result) return std::unexpected(std::move(result).error());
  return std::vector<TensorType>{{x.dtype, *std::move(result)}};
}

Cost cost(const ReshapeAttrs&, BoundTypes, BoundTypes) { return {}; }

}  // namespace

const OpDef& reshape_op() {
  using T = Typed<ReshapeAttrs, infer, cost>;
  static const OpDef def{.name = "reshape",
                         .summary = "the same elements under another shape",
                         .operands = kOperands,
                         .results = kResults,
                         .constraints = kConstraints,
                         .default_attrs = T::default_attrs,
                         .infer = T::infer,
                         .cost = T::cost,
                         .aliases = kAliases,
                         .value_operands = 0b10};
  return def;
}

}  // namespace hone
