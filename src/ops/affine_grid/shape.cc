#include "ops/affine_grid/op.h"

#include "ops/define.h"
#include "ops/shape_rules.h"

namespace hone {
namespace {

constexpr std::string_view kOperands[] = {"theta", "size"};
constexpr std::string_view kResults[] = {"grid"};
constexpr std::string_view kConstraints[] = {
    "C1: theta is of floats, [batch, 2, 3] or [batch, 3, 4]",
    "C2: size is i64 [2 + spatial axes]: batch, channels and places, none negative",
};

Expected<std::vector<TensorType>> infer(const AffineGridAttrs&, OperandTypes operands) {
  const TensorType& theta = *operands[0];
  const OperandType& size = *operands[1];
  bool fits = is_float(theta.dtype) && theta.shape.size() == 3;
  fits =
      fits && (theta.shape[1] == Dim(2) || theta.shape[1] == Dim(3) || theta.shape[1].is_symbol());
  if (!fits) return fail_constraint("C1", "theta is ", to_text(theta, {}));
  if (size.dtype != DType::i64 || size.shape.size() != 1) {
    return fail_constraint("C2", "size is ", to_text(size, {}));
  }
  const auto sizes = known_ints(size);
  if (!sizes) return known_when_run();
  const auto axes = static_cast<int64_t>(sizes->size()) - 2;
  if ((axes != 2 && axes != 3) || !may_equal(theta.shape[1], Dim(axes)) ||
      !may_equal(theta.shape[2], Dim(axes + 1))) {
    return fail_constraint("C1", "theta is ", to_text(theta, {}), " for ", axes, " axes");
  }
  TensorType grid{theta.dtype, {}};
  for (size_t i = 0; i < sizes->size(); ++i) {
    if ((*sizes)[i] < 0) return fail_constraint("C2", "a size is ", (*sizes)[i]);
    if (i != 1) grid.shape.push_back(Dim((*sizes)[i]));
  }
  if (!may_equal(theta.shape[0], grid.shape[0])) {
    return fail_constraint("C2", "theta is ", to_text(theta, {}));
  }
  grid.shape.push_back(Dim(axes));
  return std::vector<TensorType>{grid};
}

Cost cost(const AffineGridAttrs&, BoundTypes operands, BoundTypes results) {
  return elementwise_cost(6, operands, results);
}

}  // namespace

const OpDef& affine_grid_op() {
  using T = Typed<AffineGridAttrs, infer, cost>;
  static const OpDef kDef{.name = "affine_grid",
                          .summary = "coordinates under an affine map (ONNX AffineGrid)",
                          .operands = kOperands,
                          .results = kResults,
                          .constraints = kConstraints,
                          .default_attrs = T::default_attrs,
                          .infer = T::infer,
                          .cost = T::cost,
                          .value_operands = 0b10};
  return kDef;
}

}  // namespace hone
