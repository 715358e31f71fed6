#include "ops/matmul_integer/op.h"

#include "ops/define.h"
#include "ops/shape_rules.h"

namespace hone {
namespace {

constexpr std::string_view kOperands[] = {"a", "b", "a_zero?", "b_zero?"};
constexpr std::string_view kResults[] = {"y"};
constexpr std::string_view kConstraints[] = {
    "C1: a and b are i8 or u8, each with its zero points",
    "C2: a is [..., rows, inner], b [..., inner, columns]; the axes in front broadcast; [inner] is "
    "one row or column",
    "C3: a_zero is one number, [rows], or a's shape with inner 1; b_zero is one number, [columns], "
    "or b's shape with inner 1",
};

bool is_code(DType dtype) { return dtype == DType::i8 || dtype == DType::u8; }

// One number, one an entry of the axis, or the operand's shape with `inner` of size 1.
bool is_zero(const Shape& zero, const Shape& x, size_t axis, size_t inner) {
  if (zero.empty() || (zero.size() == 1 && may_equal(zero[0], Dim(1)))) return true;
  if (x.size() < 2) return false;
  if (zero.size() == 1) return may_equal(zero[0], x[axis]);
  bool fits = zero.size() == x.size();
  for (size_t i = 0; fits && i < x.size(); ++i) {
    fits = may_equal(zero[i], i == inner ? Dim(1) : x[i]);
  }
  return fits;
}

Expected<std::vector<TensorType>> infer(const MatmulIntegerAttrs&, OperandTypes operands) {
  const OperandType &a = *operands[0], &b = *operands[1];
  const TensorType *a_zero = operands[2], *b_zero = operands[3];
  if (!is_code(a.dtype) || !is_code(b.dtype) || (a_zero != nullptr && a_zero->dtype != a.dtype) ||
      (b_zero != nullptr && b_zero->dtype != b.dtype)) {
    return fail_constraint("C1", "a and b are ", name_of(a.dtype), " and ", name_of(b.dtype));
  }
  if (a.shape.empty() || b.shape.empty()) return fail_constraint("C2", "a or b has no axes");
  const size_t ra = a.shape.size(), rb = b.shape.size();
  const Dim b_inner = rb == 1 ? b.shape[0] : b.shape[rb - 2];
  Shape shape;
  if (!may_equal(a.shape.back(), b_inner)) {
    return fail_constraint("C2", to_text(a.shape, {}), " and ", to_text(b.shape, {}),
                           " do not fit");
  }
  const Shape a_front(a.shape.begin(), a.shape.end() - (ra > 1 ? 2 : 1));
  const Shape b_front(b.shape.begin(), b.shape.end() - (rb > 1 ? 2 : 1));
  const auto front = broadcast(a_front, b_front);
  if (!front) {
    return fail_constraint("C2", to_text(a.shape, {}), " and ", to_text(b.shape, {}),
                           " do not broadcast");
  }
  if ((a_zero != nullptr && !is_zero(a_zero->shape, a.shape, ra - 2, ra - 1)) ||
      (b_zero != nullptr && !is_zero(b_zero->shape, b.shape, rb - 1, rb - 2))) {
    return fail_constraint("C3", "zero points fit neither rows nor columns");
  }
  shape = *front;
  if (ra > 1) shape.push_back(a.shape[ra - 2]);
  if (rb > 1) shape.push_back(b.shape[rb - 1]);
  return std::vector<TensorType>{{DType::i32, std::move(shape)}};
}

Cost cost(const MatmulIntegerAttrs&, BoundTypes operands, BoundTypes results) {
  return elementwise_cost(2 * static_cast<double>(operands[0]->dims.back()), operands, results);
}

}  // namespace

const OpDef& matmul_integer_op() {
  using T = Typed<MatmulIntegerAttrs, infer, cost>;
  static const OpDef kDef{
      .name = "matmul_integer",
      .summary = "y = (a - a_zero) x (b - b_zero) of 8-bit codes, in 32 bits (ONNX MatMulInteger)",
      .operands = kOperands,
      .results = kResults,
      .constraints = kConstraints,
      .default_attrs = T::default_attrs,
      .infer = T::infer,
      .cost = T::cost};
  return kDef;
}

}  // namespace hone
