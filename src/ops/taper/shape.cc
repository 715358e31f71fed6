#include <cmath>
#include <numbers>

#include "ops/define.h"
#include "ops/shape_rules.h"
#include "ops/taper/op.h"

namespace hone {
namespace {

constexpr std::string_view kOperands[] = {"size"};
constexpr std::string_view kResults[] = {"y"};
constexpr std::string_view kConstraints[] = {
    "C1: size is one i64 or i32, 0 to 2^28",
    "C2: y is a float or an integer",
};

constexpr int64_t kMaxSize = 1 << 28;

Expected<std::vector<TensorType>> infer(const TaperAttrs& attrs, OperandTypes operands) {
  const OperandType& size = *operands[0];
  if ((size.dtype != DType::i64 && size.dtype != DType::i32) || size.shape.size() > 1) {
    return fail_constraint("C1", "size is ", name_of(size.dtype));
  }
  const auto to = find_dtype(attrs.to);
  if (!to || !is_number(*to)) return fail_constraint("C2", "y is '", attrs.to, "'");
  const auto known = known_ints(size);
  if (!known) return known_when_run();
  if (known->size() != 1 || known->front() < 0 || known->front() > kMaxSize) {
    return fail_constraint("C1", "the size makes no sense");
  }
  return std::vector<TensorType>{{*to, {Dim(known->front())}}};
}

Cost cost(const TaperAttrs&, BoundTypes operands, BoundTypes results) {
  return elementwise_cost(40, operands, results);
}

}  // namespace

double taper_at(const TaperAttrs& attrs, int64_t i, int64_t size) {
  const int64_t period = attrs.periodic ? size : size - 1;
  const double turn =
      period < 1 ? 0 : 2 * std::numbers::pi * static_cast<double>(i) / static_cast<double>(period);
  switch (attrs.kind) {
    case TaperAttrs::Kind::hann:
      return 0.5 - 0.5 * std::cos(turn);
    case TaperAttrs::Kind::hamming:
      return 25.0 / 46 - 21.0 / 46 * std::cos(turn);
    case TaperAttrs::Kind::blackman:
      return 0.42 - 0.5 * std::cos(turn) + 0.08 * std::cos(2 * turn);
  }
  return 0;
}

const OpDef& taper_op() {
  using T = Typed<TaperAttrs, infer, cost>;
  static const OpDef kDef{.name = "taper",
                          .summary = "a window of cosines (ONNX HannWindow, HammingWindow, ...)",
                          .operands = kOperands,
                          .results = kResults,
                          .constraints = kConstraints,
                          .default_attrs = T::default_attrs,
                          .infer = T::infer,
                          .cost = T::cost,
                          .value_operands = 0b1};
  return kDef;
}

}  // namespace hone
