#include <algorithm>

#include "ops/shape_rules.h"
#include "ops/split/op.h"

namespace hone {
namespace {

constexpr std::string_view kOperands[] = {"x", "sizes?"};
constexpr std::string_view kResults[] = {"y"};
constexpr std::string_view kConstraints[] = {
    "C1: x has plain elements",
    "C2: the axis is one of x's, and 0 <= part < parts",
    "C3: sizes are a list of one integer >= 0 a part, and the axis is as long as their sum",
};

Status check_sizes(const SplitAttrs& attrs, const std::vector<int64_t>& sizes, Dim dim) {
  if (std::ssize(sizes) != attrs.parts) {
    return fail_constraint("C3", sizes.size(), " sizes for ", attrs.parts, " parts");
  }
  int64_t sum = 0;
  for (const int64_t size : sizes) {
    if (size < 0 || __builtin_add_overflow(sum, size, &sum)) {
      return fail_constraint("C3", "size ", size, " makes no sense");
    }
  }
  if (may_equal(dim, Dim(sum))) return {};
  return fail_constraint("C3", "the axis has size ", dim.value(), ", its parts ", sum);
}

Expected<std::vector<TensorType>> infer(const SplitAttrs& attrs, OperandTypes operands) {
  const TensorType& x = *operands[0];
  if (!has_plain_elements(x.dtype)) return fail_constraint("C1", "x is ", name_of(x.dtype));
  const auto axis = find_axis(attrs.axis, x.shape.size());
  if (!axis || attrs.part < 0 || attrs.part >= attrs.parts) {
    return fail_constraint("C2", "part ", attrs.part, " of ", attrs.parts, " of axis ", attrs.axis);
  }
  if (!is_list_of_ints(operands[1])) return fail_constraint("C3", "the sizes are no integers");
  const auto sizes = given_ints(attrs.sizes, operands[1]);
  if (!sizes) return known_when_run();
  Shape shape = x.shape;
  Dim& dim = shape[*axis];
  if (!sizes->empty() || operands[1] != nullptr) {
    HONE_RETURN_IF_ERROR(check_sizes(attrs, *sizes, dim));
  }
  if (!sizes->empty()) {
    dim = Dim((*sizes)[static_cast<size_t>(attrs.part)]);
  } else if (attrs.parts > 1) {
    dim = map_dim(dim, [&](int64_t size) { return range_of(attrs, {}, size).count; });
  }
  return std::vector<TensorType>{{x.dtype, std::move(shape)}};
}

Cost cost(const SplitAttrs&, BoundTypes, BoundTypes results) {
  Cost cost;
  cost.bytes = 2 * bytes_of(*results[0]);
  return cost;
}

std::vector<ByteView> views(const SplitAttrs& attrs, OperandTypes operands, const TensorType& y) {
  const TensorType& x = *operands[0];
  const auto sizes = given_ints(attrs.sizes, operands[1]);
  if (!sizes) return {};
  const size_t axis = find_axis(attrs.axis, x.shape.size()).value();
  std::vector<int64_t> first(x.shape.size(), 0);
  first[axis] = range_of(attrs, *sizes, x.shape[axis].value()).first;
  const auto behind = stretch_in(x, y.shape, first);
  return behind ? std::vector<ByteView>{{0, *behind}} : std::vector<ByteView>{};
}

}  // namespace

SplitRange range_of(const SplitAttrs& attrs, const std::vector<int64_t>& sizes, int64_t size) {
  const auto part = static_cast<size_t>(attrs.part);
  if (!sizes.empty()) {
    int64_t first = 0;
    for (size_t i = 0; i < part; ++i) first += sizes[i];
    return {first, sizes[part]};
  }
  const int64_t each = size / attrs.parts + (size % attrs.parts != 0 ? 1 : 0);
  int64_t first = 0;
  if (__builtin_mul_overflow(each, attrs.part, &first)) first = size;
  first = std::min(first, size);
  return {first, std::min(each, size - first)};
}

const OpDef& split_op() {
  using T = Typed<SplitAttrs, infer, cost>;
  static const OpDef kDef{.name = "split",
                          .summary = "one of the parts that an axis is cut into (ONNX Split)",
                          .operands = kOperands,
                          .results = kResults,
                          .constraints = kConstraints,
                          .default_attrs = T::default_attrs,
                          .infer = T::infer,
                          .cost = T::cost,
                          .value_operands = 0b10,
                          .views = typed_views<SplitAttrs, views>};
  return kDef;
}

}  // namespace hone
