// unary: one function of one element.
#pragma once

#include "ops/attrs.h"

namespace hone {

enum class UnaryKind : uint8_t { silu, gelu_tanh, relu, sigmoid, tanh, exp, neg };
inline constexpr std::string_view kUnaryKindNames[] = {"silu", "gelu_tanh", "relu", "sigmoid",
                                                       "tanh", "exp",       "neg"};

struct UnaryAttrs {
  UnaryKind kind = UnaryKind::silu;
  void visit(AttrVisitor& v) { v.field("kind", kind, kUnaryKindNames); }
};

// The function itself in double, as every reference and oracle computes it.
double unary_value(UnaryKind kind, double x);

}  // namespace hone
