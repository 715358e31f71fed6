// The tests of the language: what may follow `is`.
#include <algorithm>

#include "llm/template/builtins.h"
#include "llm/template/python_text.h"

namespace hone::jinja {
namespace {

using Kind = Value::Kind;

template <Kind... kinds>
Expected<Value> is_kind(const Call& call) {
  return Value(((call.self.kind() == kinds) || ...));
}

Expected<Value> is_defined(const Call& call) { return Value(!call.self.is_undefined()); }

Expected<Value> is_true(const Call& call) {
  return Value(call.self.is(Kind::boolean) && call.self.truth());
}
Expected<Value> is_false(const Call& call) {
  return Value(call.self.is(Kind::boolean) && !call.self.truth());
}

Expected<Value> is_equal(const Call& call) {
  HONE_TRY(const bool same, equal(call.meter(), call.self, call.arg(0)));
  return Value(same);
}
Expected<Value> is_not_equal(const Call& call) {
  HONE_TRY(const bool same, equal(call.meter(), call.self, call.arg(0)));
  return Value(!same);
}
Expected<Value> is_less(const Call& call) {
  HONE_TRY(const bool below, less(call.meter(), call.self, call.arg(0)));
  return Value(below);
}
Expected<Value> is_greater(const Call& call) {
  HONE_TRY(const bool above, less(call.meter(), call.arg(0), call.self));
  return Value(above);
}
Expected<Value> is_at_most(const Call& call) {
  HONE_TRY(const bool below, less(call.meter(), call.self, call.arg(0)));
  return below ? Value(true) : is_equal(call);
}
Expected<Value> is_at_least(const Call& call) {
  HONE_TRY(const bool above, less(call.meter(), call.arg(0), call.self));
  return above ? Value(true) : is_equal(call);
}

Expected<Value> is_in(const Call& call) {
  HONE_TRY(const bool found, contains(call.meter(), call.arg(0), call.self));
  return Value(found);
}

Expected<int64_t> remainder(const Call& call, int64_t divisor) {
  HONE_RETURN_IF_ERROR(require_defined(call.self));
  const auto value = call.self.integer();
  if (!value || divisor == 0) {
    return fail(Code::invalid_argument, "expected an int other than 0 to divide by, and to divide");
  }
  return divisor == -1 ? 0 : *value % divisor;
}

Expected<Value> is_even(const Call& call) {
  HONE_TRY(const int64_t rest, remainder(call, 2));
  return Value(rest == 0);
}
Expected<Value> is_odd(const Call& call) {
  HONE_TRY(const int64_t rest, remainder(call, 2));
  return Value(rest != 0);
}
Expected<Value> is_divisible(const Call& call) {
  HONE_TRY(const int64_t divisor, call.int_arg(0));
  HONE_TRY(const int64_t rest, remainder(call, divisor));
  return Value(rest == 0);
}

bool has_letter(std::string_view text) {
  return std::ranges::any_of(
      text, [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); });
}

Expected<Value> is_lower(const Call& call) {
  HONE_TRY(const std::string text, to_text(call.meter(), call.self));
  return Value(has_letter(text) && lower(text) == text);
}
Expected<Value> is_upper(const Call& call) {
  HONE_TRY(const std::string text, to_text(call.meter(), call.self));
  return Value(has_letter(text) && upper(text) == text);
}

Expected<Value> is_filter(const Call& call) {
  const std::string* name = call.self.text();
  return Value(name != nullptr && find_filter(*name) != nullptr);
}
Expected<Value> is_test(const Call& call) {
  const std::string* name = call.self.text();
  return Value(name != nullptr && find_test(*name) != nullptr);
}

constexpr Builtin kTests[] = {
    {"defined", "", 0, is_defined},
    {"undefined", "", 0, is_kind<Kind::undefined>},
    {"none", "", 0, is_kind<Kind::none>},
    {"string", "", 0, is_kind<Kind::text>},
    {"mapping", "", 0, is_kind<Kind::dict>},
    {"iterable", "", 0, is_kind<Kind::text, Kind::list, Kind::dict, Kind::undefined, Kind::loop>},
    {"sequence", "", 0, is_kind<Kind::text, Kind::list, Kind::dict, Kind::undefined>},
    {"number", "", 0, is_kind<Kind::integer, Kind::number, Kind::boolean>},
    {"integer", "", 0, is_kind<Kind::integer>},
    {"float", "", 0, is_kind<Kind::number>},
    {"boolean", "", 0, is_kind<Kind::boolean>},
    {"callable", "", 0, is_kind<Kind::macro, Kind::method, Kind::function>},
    {"true", "", 0, is_true},
    {"false", "", 0, is_false},
    {"equalto", "other", 1, is_equal},
    {"eq", "other", 1, is_equal},
    {"sameas", "other", 1, is_equal},
    {"ne", "other", 1, is_not_equal},
    {"lt", "other", 1, is_less},
    {"lessthan", "other", 1, is_less},
    {"le", "other", 1, is_at_most},
    {"gt", "other", 1, is_greater},
    {"greaterthan", "other", 1, is_greater},
    {"ge", "other", 1, is_at_least},
    {"in", "seq", 1, is_in},
    {"even", "", 0, is_even},
    {"odd", "", 0, is_odd},
    {"divisibleby", "num", 1, is_divisible},
    {"lower", "", 0, is_lower},
    {"upper", "", 0, is_upper},
    {"filter", "", 0, is_filter},
    {"test", "", 0, is_test},
};

// Operators as names for selectattr('x', '==', y).
constexpr Builtin kOperatorTests[] = {
    {"==", "other", 1, is_equal},  {"!=", "other", 1, is_not_equal},
    {"<", "other", 1, is_less},    {"<=", "other", 1, is_at_most},
    {">", "other", 1, is_greater}, {">=", "other", 1, is_at_least},
};

}  // namespace

const Builtin* find_test(std::string_view name) {
  for (const Builtin& test : kTests) {
    if (test.name == name) return &test;
  }
  for (const Builtin& test : kOperatorTests) {
    if (test.name == name) return &test;
  }
  return nullptr;
}

}  // namespace hone::jinja
