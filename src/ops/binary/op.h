// binary: one function of two elements. `b` has a's shape, or is a trailing part of it (the row is
// repeated), or is one element.
#pragma once

#include "ops/attrs.h"

namespace hone {

enum class BinaryKind : uint8_t { add, sub, mul, div, min, max };
inline constexpr std::string_view kBinaryKindNames[] = {"add", "sub", "mul", "div", "min", "max"};

struct BinaryAttrs {
  BinaryKind kind = BinaryKind::add;
  void visit(AttrVisitor& v) { v.field("kind", kind, kBinaryKindNames); }
};

}  // namespace hone
