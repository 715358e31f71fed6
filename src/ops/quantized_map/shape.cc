#include "ops/define.h"
#include "ops/quantized.h"
#include "ops/quantized_map/op.h"
#include "ops/shape_rules.h"

namespace hone {
namespace {

constexpr std::string_view kOperands[] = {"x", "table"};
constexpr std::string_view kResults[] = {"y"};
constexpr std::string_view kConstraints[] = {
    "C1: x is i8 or u8",
    "C2: table is i8 or u8, with 256 elements on one axis: one a byte",
};

Expected<std::vector<TensorType>> infer(const QuantizedMapAttrs&, OperandTypes operands) {
  const TensorType &x = *operands[0], &table = *operands[1];
  if (!is_code(x.dtype)) return fail_constraint("C1", "x is ", name_of(x.dtype));
  if (!is_code(table.dtype) || table.shape.size() != 1 || !may_equal(table.shape[0], Dim(256))) {
    return fail_constraint("C2", "table is ", to_text(table, {}));
  }
  return std::vector<TensorType>{{table.dtype, x.shape}};
}

Cost cost(const QuantizedMapAttrs&, BoundTypes operands, BoundTypes results) {
  return elementwise_cost(1, operands, results);
}

}  // namespace

const OpDef& quantized_map_op() {
  using T = Typed<QuantizedMapAttrs, infer, cost>;
  static const OpDef kDef{.name = "quantized_map",
                          .summary = "a function of one 8-bit code, by a table of 256",
                          .operands = kOperands,
                          .results = kResults,
                          .constraints = kConstraints,
                          .default_attrs = T::default_attrs,
                          .infer = T::infer,
                          .cost = T::cost,
                          .in_place = 0b1};
  return kDef;
}

}  // namespace hone
