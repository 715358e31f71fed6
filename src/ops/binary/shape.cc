#include <algorithm>

#include "ops/binary/op.h"
#include "ops/define.h"

namespace hone {
namespace {

constexpr std::string_view kOperands[] = {"a", "b"};
constexpr std::string_view kResults[] = {"y"};
constexpr std::string_view kConstraints[] = {
    "C1: a and b are f32",
    "C2: b's shape is a trailing part of a's, or one element",
};

bool repeats_into(const Shape& b, const Shape& a) {
  if (b.size() > a.size()) return false;
  if (b == Shape{Dim(1)}) return true;
  return std::equal(b.begin(), b.end(), a.end() - static_cast<ptrdiff_t>(b.size()));
}

Expected<std::vector<TensorType>> infer(const BinaryAttrs&, OperandTypes operands) {
  const TensorType& a = *operands[0];
  const TensorType& b = *operands[1];
  if (a.dtype != DType::f32 || b.dtype != DType::f32) {
    return fail_constraint("C1", "a and b must be f32");
  }
  if (!repeats_into(b.shape, a.shape)) {
    return fail_constraint("C2", "b must have the trailing shape of a, or one element");
  }
  return std::vector{a};
}

Cost cost(const BinaryAttrs&, BoundTypes operands, BoundTypes results) {
  return elementwise_cost(1, operands, results);
}

}  // namespace

const OpDef& binary_op() {
  using T = Typed<BinaryAttrs, infer, cost>;
  static const OpDef kDef{.name = "binary",
                          .summary = "y = f(a, b) for each element, b repeated over leading axes",
                          .operands = kOperands,
                          .results = kResults,
                          .constraints = kConstraints,
                          .default_attrs = T::default_attrs,
                          .infer = T::infer,
                          .cost = T::cost};
  return kDef;
}

}  // namespace hone
