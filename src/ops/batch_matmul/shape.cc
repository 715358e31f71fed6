#include "ops/batch_matmul/op.h"
#include "ops/define.h"
#include "ops/shape_rules.h"

namespace hone {
namespace {

constexpr std::string_view kOperands[] = {"a", "b", "c?"};
constexpr std::string_view kResults[] = {"y"};
constexpr std::string_view kConstraints[] = {
    "C1: a, b and c hold numbers of one dtype",
    "C2: a is [batch..., m, k] or [k], b is [batch..., k, n] or [k]; one axis is not transposed",
    "C3: the batch axes broadcast",
    "C4: c broadcasts to the result",
};

// [batch..., rows, columns] after transposing; a single axis is a row of a, a column of b.
struct Matrix {
  Shape batch;
  Dim rows = 1, columns = 1;
};
Matrix matrix_of(const Shape& shape, bool transposed, bool single_is_row) {
  Matrix m;
  if (shape.size() == 1) {
    (single_is_row ? m.columns : m.rows) = shape[0];
    return m;
  }
  m.batch.assign(shape.begin(), shape.end() - 2);
  m.rows = shape[shape.size() - (transposed ? 1 : 2)];
  m.columns = shape[shape.size() - (transposed ? 2 : 1)];
  return m;
}

Expected<std::vector<TensorType>> infer(const BatchMatmulAttrs& attrs, OperandTypes operands) {
  const TensorType &a = *operands[0], &b = *operands[1];
  const TensorType* c = operands[2];
  if (!is_number(a.dtype) || b.dtype != a.dtype || (c != nullptr && c->dtype != a.dtype)) {
    return fail_constraint("C1", "a and b are ", name_of(a.dtype), " and ", name_of(b.dtype));
  }
  const size_t rank_a = a.shape.size(), rank_b = b.shape.size();
  if (rank_a == 0 || rank_b == 0 || (rank_a == 1 && attrs.trans_a) ||
      (rank_b == 1 && attrs.trans_b)) {
    return fail_constraint("C2", "a has ", rank_a, " axes, b ", rank_b);
  }
  const Matrix left = matrix_of(a.shape, attrs.trans_a, true);
  const Matrix right = matrix_of(b.shape, attrs.trans_b, false);
  if (!may_equal(left.columns, right.rows)) {
    return fail_constraint("C2", "rows of ", left.columns.value(), " do not fit columns of ",
                           right.rows.value());
  }
  const auto batch = broadcast(left.batch, right.batch);
  if (!batch) {
    return fail_constraint("C3", to_text(a.shape, {}), " and ", to_text(b.shape, {}),
                           " do not broadcast");
  }
  TensorType y{a.dtype, *batch};
  if (rank_a > 1) y.shape.push_back(left.rows);
  if (rank_b > 1) y.shape.push_back(right.columns);
  if (c != nullptr) {
    const auto sum = broadcast(y.shape, c->shape);
    bool fits = sum && c->shape.size() <= y.shape.size();
    for (size_t i = 0; fits && i < y.shape.size(); ++i) fits = may_equal((*sum)[i], y.shape[i]);
    if (!fits) {
      return fail_constraint("C4", to_text(c->shape, {}), " does not broadcast to ",
                             to_text(y.shape, {}));
    }
  }
  return std::vector<TensorType>{y};
}

Cost cost(const BatchMatmulAttrs& attrs, BoundTypes operands, BoundTypes results) {
  const Dims& a = operands[0]->dims;
  const int64_t k = attrs.trans_a && a.rank() > 1 ? a[a.rank() - 2] : a.back();
  return elementwise_cost(2 * static_cast<double>(k), operands, results);
}

}  // namespace

const OpDef& batch_matmul_op() {
  using T = Typed<BatchMatmulAttrs, infer, cost>;
  static const OpDef kDef{.name = "batch_matmul",
                          .summary = "y = alpha a b + beta c (ONNX MatMul, Gemm)",
                          .operands = kOperands,
                          .results = kResults,
                          .constraints = kConstraints,
                          .default_attrs = T::default_attrs,
                          .infer = T::infer,
                          .cost = T::cost};
  return kDef;
}

}  // namespace hone
