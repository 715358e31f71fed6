// unary: one function of one element.
#pragma once

#include "ops/attrs.h"

namespace hone {

// Kinds up to `shrink` have kernels in SIMD (UnaryFns::maps in this order).
enum class UnaryKind : uint8_t {
  silu,
  gelu_tanh,
  relu,
  sigmoid,
  tanh,
  exp,
  neg,
  abs,
  sqrt,
  reciprocal,
  round,  // half to even
  floor,
  ceil,
  erf,
  gelu,
  swish,             // x sigmoid(alpha x)
  hard_sigmoid,      // max(0, min(1, alpha x + beta))
  hard_swish,        // x hard_sigmoid(x) with 1/6 and 1/2
  leaky_relu,        // alpha x below 0
  elu,               // alpha (e^x - 1) below 0
  selu,              // beta elu(x)
  celu,              // alpha (e^(x / alpha) - 1) below 0
  mish,              // x tanh(softplus(x))
  softsign,          // x / (1 + |x|)
  thresholded_relu,  // 0 up to alpha
  shrink,            // beta closer to 0 beyond +-alpha, 0 within
  softplus,          // log(1 + e^x)
  sign,
  log,
  sin,
  cos,
  tan,
  asin,
  acos,
  atan,
  sinh,
  cosh,
  asinh,
  acosh,
  atanh,
  bit_not,
  logic_not,
  is_nan,  // from here on the result is boolean and x a float
  is_inf,
  is_positive_inf,
  is_negative_inf,
};
inline constexpr std::string_view kUnaryKindNames[] = {"silu",
                                                       "gelu_tanh",
                                                       "relu",
                                                       "sigmoid",
                                                       "tanh",
                                                       "exp",
                                                       "neg",
                                                       "abs",
                                                       "sqrt",
                                                       "reciprocal",
                                                       "round",
                                                       "floor",
                                                       "ceil",
                                                       "erf",
                                                       "gelu",
                                                       "swish",
                                                       "hard_sigmoid",
                                                       "hard_swish",
                                                       "leaky_relu",
                                                       "elu",
                                                       "selu",
                                                       "celu",
                                                       "mish",
                                                       "softsign",
                                                       "thresholded_relu",
                                                       "shrink",
                                                       "softplus",
                                                       "sign",
                                                       "log",
                                                       "sin",
                                                       "cos",
                                                       "tan",
                                                       "asin",
                                                       "acos",
                                                       "atan",
                                                       "sinh",
                                                       "cosh",
                                                       "asinh",
                                                       "acosh",
                                                       "atanh",
                                                       "bit_not",
                                                       "logic_not",
                                                       "is_nan",
                                                       "is_inf",
                                                       "is_positive_inf",
                                                       "is_negative_inf"};
inline constexpr size_t kUnarySimdKinds = static_cast<size_t>(UnaryKind::shrink) + 1;

inline bool is_test(UnaryKind kind) { return kind >= UnaryKind::is_nan; }

struct UnaryAttrs {
  UnaryKind kind = UnaryKind::silu;
  float alpha = 1;
  float beta = 0;
  void visit(AttrVisitor& v) {
    v.field("kind", kind, kUnaryKindNames);
    v.field("alpha", alpha);
    v.field("beta", beta);
  }
};

// The function itself in double, as references, oracles and the kernels of rare kinds compute it.
double unary_value(const UnaryAttrs& attrs, double x);
inline double unary_value(UnaryKind kind, double x) { return unary_value(UnaryAttrs{kind}, x); }

}  // namespace hone
