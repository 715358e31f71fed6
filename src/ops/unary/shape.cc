#include <cmath>
#include <numbers>

#include "ops/define.h"
#include "ops/unary/op.h"

namespace hone {
namespace {

constexpr std::string_view kOperands[] = {"x"};
constexpr std::string_view kResults[] = {"y"};
constexpr std::string_view kConstraints[] = {"C1: x is f32"};

Expected<std::vector<TensorType>> infer(const UnaryAttrs&, OperandTypes operands) {
  if (operands[0]->dtype != DType::f32) return fail_constraint("C1", "x must be f32");
  return std::vector<TensorType>{*operands[0]};
}

Cost cost(const UnaryAttrs&, BoundTypes operands, BoundTypes results) {
  return elementwise_cost(10, operands, results);
}

}  // namespace

double unary_value(UnaryKind kind, double x) {
  switch (kind) {
    case UnaryKind::silu:
      return x / (1 + std::exp(-x));
    case UnaryKind::gelu_tanh:  // arXiv:1606.08415, the tanh form
      return 0.5 * x *
             (1 + std::tanh(std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x * x * x)));
    case UnaryKind::relu:
      return x > 0 ? x : (std::isnan(x) ? x : 0);
    case UnaryKind::sigmoid:
      return 1 / (1 + std::exp(-x));
    case UnaryKind::tanh:
      return std::tanh(x);
    case UnaryKind::exp:
      return std::exp(x);
    case UnaryKind::neg:
      return -x;
  }
  return x;
}

const OpDef& unary_op() {
  using T = Typed<UnaryAttrs, infer, cost>;
  static const OpDef kDef{.name = "unary",
                          .summary = "y = f(x) for each element",
                          .operands = kOperands,
                          .results = kResults,
                          .constraints = kConstraints,
                          .default_attrs = T::default_attrs,
                          .infer = T::infer,
                          .cost = T::cost};
  return kDef;
}

}  // namespace hone
