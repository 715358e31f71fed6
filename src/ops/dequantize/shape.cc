#include "ops/dequantize/op.h"

#include "ops/define.h"
#include "ops/scale_grid.h"
#include "ops/shape_rules.h"

namespace hone {
namespace {

constexpr std::string_view kOperands[] = {"x", "scale", "zero?"};
constexpr std::string_view kResults[] = {"y"};
constexpr std::string_view kConstraints[] = {
    "C1: x is an integer of 2 to 32 bits or a float of 4 or 8 bits; zero has x's dtype",
    "C2: scale and y are f32, f16 or bf16",
    "C3: scale is one number, one an entry of the axis, or one a block of it",
    "C4: zero has the shape of scale, but for axes of size 1",
};

bool is_source(DType dtype) {
  const int64_t bytes = info(dtype).block_bytes;
  return is_integer(dtype) ? bytes <= 4 : is_float(dtype) && bytes == 1;
}

Expected<std::vector<TensorType>> infer(const DequantizeAttrs& attrs, OperandTypes operands) {
  const TensorType &x = *operands[0], &scale = *operands[1];
  const TensorType* zero = operands[2];
  if (!is_source(x.dtype) || (zero != nullptr && zero->dtype != x.dtype)) {
    return fail_constraint("C1", "x is ", name_of(x.dtype));
  }
  const auto to = attrs.to.empty() ? scale.dtype : find_dtype(attrs.to);
  if (!to || !is_scale_dtype(*to) || !is_scale_dtype(scale.dtype)) {
    return fail_constraint("C2", "scale is ", name_of(scale.dtype));
  }
  const Status fits = check_scales(x.shape, scale.shape, attrs.axis, attrs.block);
  if (!fits) return fail_constraint("C3", fits.error().message);
  if (zero != nullptr && !is_zero_of(zero->shape, scale.shape)) {
    return fail_constraint("C4", "zero is ", to_text(zero->shape, {}), ", scale ",
                           to_text(scale.shape, {}));
  }
  return std::vector<TensorType>{{*to, x.shape}};
}

Cost cost(const DequantizeAttrs&, BoundTypes operands, BoundTypes results) {
  return elementwise_cost(2, operands, results);
}

}  // namespace

const OpDef& dequantize_op() {
  using T = Typed<DequantizeAttrs, infer, cost>;
  static const OpDef kDef{.name = "dequantize",
                          .summary = "y = (x - zero) * scale (ONNX DequantizeLinear)",
                          .operands = kOperands,
                          .results = kResults,
                          .constraints = kConstraints,
                          .default_attrs = T::default_attrs,
                          .infer = T::infer,
                          .cost = T::cost};
  return kDef;
}

}  // namespace hone
