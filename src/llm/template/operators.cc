#include "llm/template/operators.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "llm/template/python_text.h"

namespace hone::jinja {
namespace {

std::string_view symbol_of(Operator op) {
  switch (op) {
    case Operator::add:
      return "+";
    case Operator::subtract:
      return "-";
    case Operator::multiply:
      return "*";
    case Operator::divide:
      return "/";
    case Operator::floor_divide:
      return "//";
    case Operator::modulo:
      return "%";
    case Operator::power:
      return "**";
    default:
      return "?";
  }
}

std::unexpected<Error> wrong_types(Operator op, const Value& a, const Value& b) {
  if (op == Operator::add && a.text() != nullptr) {
    return fail(Code::invalid_argument, "can only concatenate str (not \"", type_name(b),
                "\") to str");
  }
  return fail(Code::invalid_argument, "unsupported operand type(s) for ", symbol_of(op), ": '",
              type_name(a), "' and '", type_name(b), "'");
}

std::unexpected<Error> overflow() {
  return fail(Code::invalid_argument, "an integer is beyond 64 bits");
}
std::unexpected<Error> zero_division() { return fail(Code::invalid_argument, "division by zero"); }

Expected<int64_t> integer_power(int64_t base, int64_t exponent) {
  int64_t result = 1;
  for (; exponent > 0; exponent >>= 1) {
    if ((exponent & 1) != 0 && __builtin_mul_overflow(result, base, &result)) return overflow();
    if (exponent > 1 && __builtin_mul_overflow(base, base, &base)) return overflow();
  }
  return result;
}

// Python rounds quotients down, C++ toward zero.
Expected<Value> integer_quotient(Operator op, int64_t a, int64_t b) {
  if (b == 0) return zero_division();
  if (b == -1) {
    if (op == Operator::modulo) return Value(0);
    if (a == std::numeric_limits<int64_t>::min()) return overflow();
    return Value(-a);
  }
  const bool adjust = a % b != 0 && (a % b < 0) != (b < 0);
  if (op == Operator::modulo) return Value(a % b + (adjust ? b : 0));
  return Value(a / b - (adjust ? 1 : 0));
}

Expected<Value> apply_integers(Operator op, int64_t a, int64_t b) {
  int64_t result = 0;
  bool overflows = false;
  switch (op) {
    case Operator::add:
      overflows = __builtin_add_overflow(a, b, &result);
      break;
    case Operator::subtract:
      overflows = __builtin_sub_overflow(a, b, &result);
      break;
    case Operator::multiply:
      overflows = __builtin_mul_overflow(a, b, &result);
      break;
    case Operator::floor_divide:
    case Operator::modulo:
      return integer_quotient(op, a, b);
    case Operator::divide:
      if (b == 0) return zero_division();
      return Value(static_cast<double>(a) / static_cast<double>(b));
    default:
      if (b < 0) return Value(std::pow(static_cast<double>(a), static_cast<double>(b)));
      HONE_TRY(result, integer_power(a, b));
  }
  if (overflows) return overflow();
  return Value(result);
}

Expected<Value> apply_numbers(Operator op, double a, double b) {
  const bool divides =
      op == Operator::divide || op == Operator::floor_divide || op == Operator::modulo;
  if (divides && b == 0) return zero_division();
  switch (op) {
    case Operator::add:
      return Value(a + b);
    case Operator::subtract:
      return Value(a - b);
    case Operator::multiply:
      return Value(a * b);
    case Operator::divide:
      return Value(a / b);
    case Operator::floor_divide:
      return Value(std::floor(a / b));
    case Operator::modulo: {
      const double rest = std::fmod(a, b);
      return Value(rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest);
    }
    default:
      return Value(std::pow(a, b));
  }
}

Expected<Value> repeat(Meter& meter, const Value& value, int64_t count) {
  const auto times = static_cast<uint64_t>(std::max<int64_t>(count, 0));
  if (const std::string* text = value.text()) {
    uint64_t size = 0;
    if (__builtin_mul_overflow(times, text->size(), &size)) size = UINT64_MAX;
    HONE_RETURN_IF_ERROR(meter.charge(size));
    std::string out;
    out.reserve(size);
    for (uint64_t i = 0; i < times && size > 0; ++i) out += *text;
    return Value(std::move(out));
  }
  const Values& items = value.list()->items;
  uint64_t size = 0;
  if (__builtin_mul_overflow(times, items.size() * kItemWork, &size)) size = UINT64_MAX;
  HONE_RETURN_IF_ERROR(meter.charge(size));
  Values out;
  for (uint64_t i = 0; i < times && size > 0; ++i)
    out.insert(out.end(), items.begin(), items.end());
  return make_list(meter, std::move(out), value.list()->brackets);
}

Expected<Value> add_sequences(Meter& meter, const Value& a, const Value& b) {
  if (a.text() != nullptr && b.text() != nullptr) {
    HONE_RETURN_IF_ERROR(meter.charge(a.text()->size() + b.text()->size()));
    return Value(*a.text() + *b.text());
  }
  const List* left = a.list();
  const List* right = b.list();
  if (left == nullptr || right == nullptr || left->brackets != right->brackets) {
    return wrong_types(Operator::add, a, b);
  }
  HONE_RETURN_IF_ERROR(meter.charge(kItemWork * (left->items.size() + right->items.size())));
  Values items = left->items;
  items.insert(items.end(), right->items.begin(), right->items.end());
  return make_list(meter, std::move(items), left->brackets);
}

Expected<Value> concat(Meter& meter, const Value& a, const Value& b) {
  HONE_TRY(std::string out, to_text(meter, a));
  HONE_TRY(const std::string tail, to_text(meter, b));
  HONE_RETURN_IF_ERROR(meter.charge(out.size() + tail.size()));
  return Value(out + tail);
}

struct SliceRange {
  int64_t start;
  int64_t stop;
  int64_t step;
};

// As Python's slice.indices().
Expected<SliceRange> slice_range(int64_t size, const Value& start, const Value& stop,
                                 const Value& step) {
  const auto bound = [&](const Value& value, int64_t absent) -> Expected<int64_t> {
    if (value.is_none()) return absent;
    const auto index = value.integer();
    if (!index) return fail(Code::invalid_argument, "slice indices must be integers or None");
    return *index;
  };
  HONE_TRY(int64_t by, bound(step, 1));
  if (by == 0) return fail(Code::invalid_argument, "slice step cannot be zero");
  by = std::clamp<int64_t>(by, -size - 1, size + 1);
  const int64_t low = by > 0 ? 0 : -1;
  const int64_t high = by > 0 ? size : size - 1;
  const auto place = [&](int64_t index) {
    if (index < 0) index = index < -size ? low : index + size;
    return std::clamp(index, low, high);
  };
  SliceRange out{by > 0 ? low : high, by > 0 ? high : low, by};
  if (!start.is_none()) {
    HONE_TRY(const int64_t index, bound(start, 0));
    out.start = place(index);
  }
  if (!stop.is_none()) {
    HONE_TRY(const int64_t index, bound(stop, 0));
    out.stop = place(index);
  }
  return out;
}

template <class Take>
void walk(const SliceRange& range, const Take& take) {
  for (int64_t i = range.start; range.step > 0 ? i < range.stop : i > range.stop; i += range.step) {
    take(static_cast<size_t>(i));
  }
}

Expected<Value> slice_text(Meter& meter, const std::string& text, const Value& start,
                           const Value& stop, const Value& step) {
  HONE_TRY(const std::vector<uint32_t> starts, character_starts(meter, text));
  HONE_TRY(const SliceRange range,
           slice_range(static_cast<int64_t>(starts.size()) - 1, start, stop, step));
  std::string out;
  walk(range, [&](size_t i) { out.append(text, starts[i], starts[i + 1] - starts[i]); });
  return make_text(meter, std::move(out));
}

}  // namespace

Expected<Value> apply_binary(Meter& meter, Operator op, const Value& a, const Value& b) {
  if (op == Operator::concat) return concat(meter, a, b);
  HONE_RETURN_IF_ERROR(require_defined(a));
  HONE_RETURN_IF_ERROR(require_defined(b));
  if (const auto left = a.integer(), right = b.integer(); left && right) {
    return apply_integers(op, *left, *right);
  }
  if (const auto left = a.number(), right = b.number(); left && right) {
    return apply_numbers(op, *left, *right);
  }
  const auto sequence = [](const Value& value) {
    return value.text() != nullptr || value.list() != nullptr;
  };
  if (op == Operator::add && sequence(a)) return add_sequences(meter, a, b);
  if (op == Operator::multiply && sequence(a) && b.integer()) return repeat(meter, a, *b.integer());
  if (op == Operator::multiply && sequence(b) && a.integer()) return repeat(meter, b, *a.integer());
  return wrong_types(op, a, b);
}

Expected<Value> apply_unary(Operator op, const Value& value) {
  if (op == Operator::logical_not) return Value(!value.truth());
  HONE_RETURN_IF_ERROR(require_defined(value));
  if (const auto integer = value.integer()) {
    if (op == Operator::plus) return Value(*integer);
    if (*integer == std::numeric_limits<int64_t>::min()) return overflow();
    return Value(-*integer);
  }
  if (const auto number = value.number()) return Value(op == Operator::plus ? *number : -*number);
  return fail(Code::invalid_argument, "bad operand type for unary ",
              op == Operator::plus ? "+" : "-", ": '", type_name(value), "'");
}

Expected<bool> apply_comparison(Meter& meter, Operator op, const Value& a, const Value& b) {
  switch (op) {
    case Operator::equal:
    case Operator::not_equal: {
      HONE_TRY(const bool same, equal(meter, a, b));
      return same == (op == Operator::equal);
    }
    case Operator::in:
    case Operator::not_in: {
      HONE_TRY(const bool found, contains(meter, b, a));
      return found == (op == Operator::in);
    }
    case Operator::less:
      return less(meter, a, b);
    case Operator::greater:
      return less(meter, b, a);
    default:
      break;
  }
  const bool swapped = op == Operator::greater_equal;
  HONE_TRY(const bool below, swapped ? less(meter, b, a) : less(meter, a, b));
  if (below) return true;
  return equal(meter, a, b);
}

Expected<Value> slice(Meter& meter, const Value& value, const Value& start, const Value& stop,
                      const Value& step) {
  HONE_RETURN_IF_ERROR(require_defined(value));
  if (const std::string* text = value.text()) return slice_text(meter, *text, start, stop, step);
  const List* list = value.list();
  if (list == nullptr) {
    return fail(Code::invalid_argument, "'", type_name(value), "' object is not subscriptable");
  }
  HONE_TRY(const SliceRange range,
           slice_range(static_cast<int64_t>(list->items.size()), start, stop, step));
  HONE_RETURN_IF_ERROR(meter.charge(list->items.size()));
  Values items;
  walk(range, [&](size_t i) { items.push_back(list->items[i]); });
  return make_list(meter, std::move(items), list->brackets);
}

}  // namespace hone::jinja
