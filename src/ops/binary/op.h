// binary: one function of two elements, with NumPy's broadcasting.
#pragma once

#include "ops/attrs.h"

namespace hone {

enum class BinaryKind : uint8_t {
  add,
  sub,
  mul,
  div,  // of integers: truncated
  min,  // of NaN: NaN
  max,
  pow,
  mod,    // with the divisor's sign (Python)
  fmod,   // with the dividend's sign (C)
  prelu,  // a if a >= 0, else a * b
  atan2,
  bit_and,
  bit_or,
  bit_xor,
  shift_left,
  shift_right,
  logic_and,
  logic_or,
  logic_xor,
  equal,  // from here on the result is boolean
  less,
  less_equal,
  greater,
  greater_equal,
};
inline constexpr std::string_view kBinaryKindNames[] = {
    "add",       "sub",     "mul",        "div",         "min",       "max",
    "pow",       "mod",     "fmod",       "prelu",       "atan2",     "bit_and",
    "bit_or",    "bit_xor", "shift_left", "shift_right", "logic_and", "logic_or",
    "logic_xor", "equal",   "less",       "less_equal",  "greater",   "greater_equal"};

inline bool is_comparison(BinaryKind kind) { return kind >= BinaryKind::equal; }
inline bool is_logic(BinaryKind kind) {
  return kind >= BinaryKind::logic_and && kind <= BinaryKind::logic_xor;
}
inline bool is_bitwise(BinaryKind kind) {
  return kind >= BinaryKind::bit_and && kind <= BinaryKind::shift_right;
}

struct BinaryAttrs {
  BinaryKind kind = BinaryKind::add;
  void visit(AttrVisitor& v) { v.field("kind", kind, kBinaryKindNames); }
};

}  // namespace hone
