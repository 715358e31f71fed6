#include "ops/quantize/op.h"

#include "ops/define.h"
#include "ops/scale_grid.h"
#include "ops/shape_rules.h"

namespace hone {
namespace {

constexpr std::string_view kOperands[] = {"x", "scale", "zero?"};
constexpr std::string_view kResults[] = {"y"};
constexpr std::string_view kConstraints[] = {
    "C1: x is f32, f16, bf16 or i32; scale is f32, f16 or bf16",
    "C2: y is an integer of 2 to 16 bits or a float of 4 or 8 bits",
    "C3: scale is one number, one an entry of the axis, or one a block of it",
    "C4: zero has the shape of scale, but for axes of size 1",
};

bool is_target(DType dtype) {
  const int64_t bytes = info(dtype).block_bytes;
  if (is_integer(dtype)) return bytes <= 2;
  return is_float(dtype) && bytes == 1 && dtype != DType::f8_e8m0;
}

Expected<std::vector<TensorType>> infer(const QuantizeAttrs& attrs, OperandTypes operands) {
  const TensorType &x = *operands[0], &scale = *operands[1];
  const TensorType* zero = operands[2];
  if ((!is_scale_dtype(x.dtype) && x.dtype != DType::i32) || !is_scale_dtype(scale.dtype)) {
    return fail_constraint("C1", "x and scale are ", name_of(x.dtype), " and ",
                           name_of(scale.dtype));
  }
  const auto to = zero != nullptr    ? zero->dtype
                  : attrs.to.empty() ? DType::u8
                                     : find_dtype(attrs.to);
  if (!to || !is_target(*to)) return fail_constraint("C2", "cannot quantize to '", attrs.to, "'");
  const Status fits = check_scales(x.shape, scale.shape, attrs.axis, attrs.block);
  if (!fits) return fail_constraint("C3", fits.error().message);
  if (zero != nullptr && !is_zero_of(zero->shape, scale.shape)) {
    return fail_constraint("C4", "zero is ", to_text(zero->shape, {}), ", scale ",
                           to_text(scale.shape, {}));
  }
  return std::vector<TensorType>{{*to, x.shape}};
}

Cost cost(const QuantizeAttrs&, BoundTypes operands, BoundTypes results) {
  return elementwise_cost(3, operands, results);
}

}  // namespace

const OpDef& quantize_op() {
  using T = Typed<QuantizeAttrs, infer, cost>;
  static const OpDef kDef{
      .name = "quantize",
      .summary = "y = saturate(round(x / scale) + zero), to even (ONNX QuantizeLinear)",
      .operands = kOperands,
      .results = kResults,
      .constraints = kConstraints,
      .default_attrs = T::default_attrs,
      .infer = T::infer,
      .cost = T::cost};
  return kDef;
}

}  // namespace hone
