#include "ops/define.h"
#include "ops/rotary/op.h"
#include "ops/scale_grid.h"
#include "ops/shape_rules.h"

namespace hone {
namespace {

constexpr std::string_view kOperands[] = {"x", "cos", "sin", "positions?"};
constexpr std::string_view kResults[] = {"y"};
constexpr std::string_view kConstraints[] = {
    "C1: x, cos and sin are f32, f16 or bf16, all the same; positions is i64",
    "C2: x is [batch, heads, sequence, size], or 3 axes with `heads` that divide the last; an even "
    "number of each head's elements is turned",
    "C3: cos and sin are [positions, turned / 2] with positions [batch, sequence] or [1] (of the "
    "first token), else [batch, sequence, turned / 2]",
};

Expected<std::vector<TensorType>> infer(const RotaryAttrs& attrs, OperandTypes operands) {
  const TensorType &x = *operands[0], &cos = *operands[1], &sin = *operands[2];
  const TensorType* positions = operands[3];
  if (!is_scale_dtype(x.dtype) || cos.dtype != x.dtype || sin.dtype != x.dtype ||
      (positions != nullptr && positions->dtype != DType::i64)) {
    return fail_constraint("C1", "x, cos and sin are ", name_of(x.dtype), ", ", name_of(cos.dtype),
                           " and ", name_of(sin.dtype));
  }
  const size_t rank = x.shape.size();
  const int64_t heads = rank == 3 ? attrs.heads : 1;
  if ((rank != 3 && rank != 4) || heads < 1) {
    return fail_constraint("C2", "x has ", rank, " axes and ", attrs.heads, " heads");
  }
  const Dim batch = x.shape[0], sequence = x.shape[rank - 2];
  const Dim size = map_dim(x.shape.back(), [&](int64_t n) { return n / heads; });
  const Dim turned = attrs.turned != 0 ? Dim(attrs.turned) : size;
  const bool bad = (!size.is_symbol() && x.shape.back().value() % heads != 0) ||
                   (!turned.is_symbol() && (turned.value() < 0 || turned.value() % 2 != 0)) ||
                   (!turned.is_symbol() && !size.is_symbol() && turned.value() > size.value());
  if (bad) {
    return fail_constraint("C2", "x ", to_text(x.shape, {}), " has not ", attrs.turned,
                           " elements a head that are turned in pairs");
  }
  const Dim half = map_dim(turned, [](int64_t n) { return n / 2; });
  bool fits =
      cos.shape.size() == sin.shape.size() && cos.shape.size() == (positions != nullptr ? 2u : 3u);
  for (size_t i = 0; fits && i < cos.shape.size(); ++i) {
    fits = may_equal(cos.shape[i], sin.shape[i]);
  }
  fits = fits && may_equal(cos.shape.back(), half);
  if (positions == nullptr) {
    fits = fits && may_equal(cos.shape[0], batch) && may_equal(cos.shape[1], sequence);
  } else if (positions->shape.size() == 1) {
    fits = fits && may_equal(positions->shape[0], Dim(1));
  } else {
    fits = fits && positions->shape.size() == 2 && may_equal(positions->shape[0], batch) &&
           may_equal(positions->shape[1], sequence);
  }
  if (!fits) {
    return fail_constraint("C3", "cos ", to_text(cos.shape, {}), " does not fit x ",
                           to_text(x.shape, {}));
  }
  return std::vector<TensorType>{x};
}

Cost cost(const RotaryAttrs&, BoundTypes operands, BoundTypes results) {
  return elementwise_cost(3, operands, results);
}

}  // namespace

const OpDef& rotary_op() {
  using T = Typed<RotaryAttrs, infer, cost>;
  static const OpDef kDef{
      .name = "rotary",
      .summary = "pairs of each head's elements turned by their position (ONNX RotaryEmbedding)",
      .operands = kOperands,
      .results = kResults,
      .constraints = kConstraints,
      .default_attrs = T::default_attrs,
      .infer = T::infer,
      .cost = T::cost};
  return kDef;
}

}  // namespace hone
