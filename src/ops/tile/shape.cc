#include "ops/tile/op.h"

#include "ops/define.h"
#include "ops/shape_rules.h"

namespace hone {
namespace {

constexpr std::string_view kOperands[] = {"x", "repeats?"};
constexpr std::string_view kResults[] = {"y"};
constexpr std::string_view kConstraints[] = {
    "C1: x has plain elements",
    "C2: repeats are a list of one integer >= 0 an axis",
};

Expected<std::vector<TensorType>> infer(const TileAttrs& attrs, OperandTypes operands) {
  const TensorType& x = *operands[0];
  if (!has_plain_elements(x.dtype)) return fail_constraint("C1", "x is ", name_of(x.dtype));
  if (!is_list_of_ints(operands[1])) return fail_constraint("C2", "the repeats are no integers");
  const auto repeats = given_ints(attrs.repeats, operands[1]);
  if (!repeats) return known_when_run();
  if (repeats->size() != x.shape.size()) {
    return fail_constraint("C2", repeats->size(), " repeats for ", x.shape.size(), " axes");
  }
  Shape shape;
  for (size_t i = 0; i < repeats->size(); ++i) {
    const int64_t times = (*repeats)[i];
    if (times < 0) return fail_constraint("C2", times, " times makes no sense");
    const Dim both[] = {x.shape[i], Dim(times)};
    shape.push_back(times == 1 ? x.shape[i] : product(both));
  }
  return std::vector<TensorType>{{x.dtype, std::move(shape)}};
}

Cost cost(const TileAttrs&, BoundTypes operands, BoundTypes results) {
  return elementwise_cost(0, operands, results);
}

}  // namespace

const OpDef& tile_op() {
  using T = Typed<TileAttrs, infer, cost>;
  static const OpDef kDef{.name = "tile",
                          .summary = "x several times along each axis (ONNX Tile)",
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
