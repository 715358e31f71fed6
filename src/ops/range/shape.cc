#include "ops/range/op.h"

#include <cmath>

#include "ops/define.h"
#include "ops/shape_rules.h"

namespace hone {
namespace {

constexpr std::string_view kOperands[] = {"start", "limit", "delta"};
constexpr std::string_view kResults[] = {"y"};
constexpr std::string_view kConstraints[] = {
    "C1: the three are numbers of one dtype, one element each",
    "C2: delta is not 0, and the numbers are finite",
};

// A tensor has fewer elements than this.
constexpr double kMost = 1e12;

bool is_single(const TensorType& type) {
  const Dim elements = type.shape.empty() ? Dim(1) : product(type.shape);
  return is_number(type.dtype) && may_equal(elements, Dim(1));
}

Expected<std::vector<TensorType>> infer(const RangeAttrs&, OperandTypes operands) {
  double values[3] = {};
  bool known = true;
  for (size_t i = 0; i < 3; ++i) {
    const OperandType& operand = *operands[i];
    if (!is_single(operand) || operand.dtype != operands[0]->dtype) {
      return fail_constraint("C1", kOperands[i], " is ", to_text(operand, {}));
    }
    const auto value = known_doubles(operand);
    if (value && value->size() == 1) values[i] = value->front();
    known = known && value && value->size() == 1;
  }
  if (!known) return std::vector<TensorType>{{operands[0]->dtype, {Dim::unknown()}}};
  const double count = std::ceil((values[1] - values[0]) / values[2]);
  if (values[2] == 0 || !std::isfinite(values[0]) || !std::isfinite(count)) {
    return fail_constraint("C2", "from ", values[0], " to ", values[1], " by ", values[2]);
  }
  if (count > kMost) return fail_constraint("C2", count, " elements are too many");
  const int64_t elements = count > 0 ? static_cast<int64_t>(count) : 0;
  return std::vector<TensorType>{{operands[0]->dtype, {Dim(elements)}}};
}

Cost cost(const RangeAttrs&, BoundTypes operands, BoundTypes results) {
  return elementwise_cost(1, operands, results);
}

}  // namespace

const OpDef& range_op() {
  using T = Typed<RangeAttrs, infer, cost>;
  static const OpDef kDef{.name = "range",
                          .summary = "start, start + delta, ... below limit (ONNX Range)",
                          .operands = kOperands,
                          .results = kResults,
                          .constraints = kConstraints,
                          .default_attrs = T::default_attrs,
                          .infer = T::infer,
                          .cost = T::cost,
                          .value_operands = 0b111};
  return kDef;
}

}  // namespace hone
