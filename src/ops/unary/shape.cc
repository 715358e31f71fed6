#include <algorithm>
#include <cmath>
#include <numbers>

#include "ops/define.h"
#include "ops/shape_rules.h"
#include "ops/unary/op.h"

namespace hone {
namespace {

using Kind = UnaryKind;

constexpr std::string_view kOperands[] = {"x"};
constexpr std::string_view kResults[] = {"y"};
constexpr std::string_view kConstraints[] = {
    "C1: x has a dtype that the kind takes: floats; any number (relu, abs, neg, sign, shrink, "
    "erf), "
    "integers (bit_not), booleans (logic_not)"};

bool takes(Kind kind, DType dtype) {
  switch (kind) {
    case Kind::relu:
    case Kind::abs:
    case Kind::neg:
    case Kind::sign:
    case Kind::shrink:
    case Kind::erf:
      return is_number(dtype);
    case Kind::bit_not:
      return is_integer(dtype);
    case Kind::logic_not:
      return dtype == DType::boolean;
    default:
      return is_float(dtype);
  }
}

Expected<std::vector<TensorType>> infer(const UnaryAttrs& attrs, OperandTypes operands) {
  const TensorType& x = *operands[0];
  if (!takes(attrs.kind, x.dtype)) {
    return fail_constraint("C1", kUnaryKindNames[static_cast<size_t>(attrs.kind)],
                           " does not take ", name_of(x.dtype));
  }
  return std::vector<TensorType>{{is_test(attrs.kind) ? DType::boolean : x.dtype, x.shape}};
}

Cost cost(const UnaryAttrs&, BoundTypes operands, BoundTypes results) {
  return elementwise_cost(10, operands, results);
}

double softplus(double x) { return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x)); }

double hard_sigmoid(double x, double alpha, double beta) {
  const double value = alpha * x + beta;
  return value < 0 ? 0 : (value > 1 ? 1 : value);
}

// Activations.
double activation(Kind kind, double x, double alpha, double beta) {
  switch (kind) {
    case Kind::silu:
      return x / (1 + std::exp(-x));
    case Kind::gelu_tanh:  // arXiv:1606.08415, the tanh form
      return 0.5 * x *
             (1 + std::tanh(std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x * x * x)));
    case Kind::gelu:
      return 0.5 * x * std::erfc(-x * std::numbers::sqrt2 / 2);
    case Kind::relu:
      return x < 0 ? 0 : x;
    case Kind::sigmoid:
      return 1 / (1 + std::exp(-x));
    case Kind::swish:
      return x / (1 + std::exp(-alpha * x));
    case Kind::hard_sigmoid:
      return hard_sigmoid(x, alpha, beta);
    case Kind::hard_swish:
      return x * hard_sigmoid(x, 1.0 / 6, 0.5);
    case Kind::leaky_relu:
      return x < 0 ? alpha * x : x;
    case Kind::elu:
      return x < 0 ? alpha * std::expm1(x) : x;
    case Kind::selu:
      return beta * (x < 0 ? alpha * std::expm1(x) : x);
    case Kind::celu:
      return x < 0 ? alpha * std::expm1(x / alpha) : x;
    case Kind::mish:
      return x * std::tanh(softplus(x));
    case Kind::softsign:
      return x / (1 + std::abs(x));
    case Kind::thresholded_relu:
      return x > alpha ? x : 0;
    case Kind::shrink:
      return x < -alpha ? x + beta : (x > alpha ? x - beta : 0);
    default:
      return softplus(x);
  }
}

// The functions of a calculator.
double function(Kind kind, double x) {
  switch (kind) {
    case Kind::tanh:
      return std::tanh(x);
    case Kind::exp:
      return std::exp(x);
    case Kind::sqrt:
      return std::sqrt(x);
    case Kind::erf:
      return std::erf(x);
    case Kind::log:
      return std::log(x);
    case Kind::sin:
      return std::sin(x);
    case Kind::cos:
      return std::cos(x);
    case Kind::tan:
      return std::tan(x);
    case Kind::asin:
      return std::asin(x);
    case Kind::acos:
      return std::acos(x);
    case Kind::atan:
      return std::atan(x);
    case Kind::sinh:
      return std::sinh(x);
    case Kind::cosh:
      return std::cosh(x);
    case Kind::asinh:
      return std::asinh(x);
    case Kind::acosh:
      return std::acosh(x);
    default:
      return std::atanh(x);
  }
}

}  // namespace

double unary_value(const UnaryAttrs& attrs, double x) {
  switch (attrs.kind) {
    case Kind::neg:
      return -x;
    case Kind::abs:
      return std::abs(x);
    case Kind::reciprocal:
      return 1 / x;
    case Kind::round:
      return std::nearbyint(x);
    case Kind::floor:
      return std::floor(x);
    case Kind::ceil:
      return std::ceil(x);
    case Kind::sign:
      return x > 0 ? 1 : (x < 0 ? -1 : x);
    case Kind::bit_not:
      return -x - 1;
    case Kind::logic_not:
      return x == 0;
    case Kind::is_nan:
      return std::isnan(x);
    case Kind::is_inf:
      return std::isinf(x);
    case Kind::is_positive_inf:
      return std::isinf(x) && x > 0;
    case Kind::is_negative_inf:
      return std::isinf(x) && x < 0;
    default:
      break;
  }
  constexpr Kind kFunctions[] = {Kind::tanh, Kind::exp,   Kind::sqrt,  Kind::erf,
                                 Kind::log,  Kind::sin,   Kind::cos,   Kind::tan,
                                 Kind::asin, Kind::acos,  Kind::atan,  Kind::sinh,
                                 Kind::cosh, Kind::asinh, Kind::acosh, Kind::atanh};
  if (std::ranges::find(kFunctions, attrs.kind) != std::end(kFunctions)) {
    return function(attrs.kind, x);
  }
  return activation(attrs.kind, x, static_cast<double>(attrs.alpha),
                    static_cast<double>(attrs.beta));
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
                          .cost = T::cost,
                          .in_place = 0b1};
  return kDef;
}

}  // namespace hone
