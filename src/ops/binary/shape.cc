#include "ops/binary/op.h"
#include "ops/define.h"
#include "ops/shape_rules.h"

namespace hone {
namespace {

constexpr std::string_view kOperands[] = {"a", "b"};
constexpr std::string_view kResults[] = {"y"};
constexpr std::string_view kConstraints[] = {
    "C1: a and b have one dtype that the kind takes: numbers; floats (prelu, atan2), integers "
    "(bit_*, "
    "shift_*), booleans (logic_*); equal takes any",
    "C2: the shapes of a and b broadcast",
};

bool takes(BinaryKind kind, DType dtype) {
  if (is_logic(kind)) return dtype == DType::boolean;
  if (is_bitwise(kind)) return is_integer(dtype);
  if (kind == BinaryKind::prelu) return is_number(dtype);
  if (kind == BinaryKind::atan2) return is_float(dtype);
  return is_number(dtype) || (kind == BinaryKind::equal && dtype == DType::boolean);
}

Expected<std::vector<TensorType>> infer(const BinaryAttrs& attrs, OperandTypes operands) {
  const TensorType& a = *operands[0];
  const TensorType& b = *operands[1];
  // pow takes an exponent of any number type.
  const bool same = a.dtype == b.dtype || (attrs.kind == BinaryKind::pow && is_number(b.dtype));
  if (!same || !takes(attrs.kind, a.dtype)) {
    return fail_constraint("C1", kBinaryKindNames[static_cast<size_t>(attrs.kind)],
                           " does not take ", name_of(a.dtype), " and ", name_of(b.dtype));
  }
  const auto shape = broadcast(a.shape, b.shape);
  if (!shape) {
    return fail_constraint("C2", to_text(a.shape, {}), " and ", to_text(b.shape, {}),
                           " do not broadcast");
  }
  return std::vector<TensorType>{{is_comparison(attrs.kind) ? DType::boolean : a.dtype, *shape}};
}

Cost cost(const BinaryAttrs&, BoundTypes operands, BoundTypes results) {
  return elementwise_cost(1, operands, results);
}

}  // namespace

const OpDef& binary_op() {
  using T = Typed<BinaryAttrs, infer, cost>;
  static const OpDef def{.name = "binary",
                         .summary = "y = f(a, b) for each element, with NumPy's broadcasting",
                         .operands = kOperands,
                         .results = kResults,
                         .constraints = kConstraints,
                         .default_attrs = T::default_attrs,
                         .infer = T::infer,
                         .cost = T::cost,
                         .in_place = 0b11};
  return def;
}

}  // namespace hone
