// Operators and slices on values, with Python's meaning.
#pragma once

#include "llm/template/ast.h"
#include "llm/template/value.h"

namespace hone::jinja {

// Not for `and` and `or`, which do not always look at their right side. Integers are 64 bits: a
// result beyond them is an error.
Expected<Value> apply_binary(Meter& meter, Operator op, const Value& a, const Value& b);
Expected<Value> apply_unary(Operator op, const Value& value);
Expected<bool> apply_comparison(Meter& meter, Operator op, const Value& a, const Value& b);

// value[start:stop:step]; none where a bound is absent.
Expected<Value> slice(Meter& meter, const Value& value, const Value& start, const Value& stop,
                      const Value& step);

}  // namespace hone::jinja
