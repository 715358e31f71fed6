// Equality, order, membership of values.h. Recursion is bounded by kMaxValueDepth, time by the
// meter.
#include <algorithm>

#include "llm/template/python_text.h"
#include "llm/template/value.h"

namespace hone::jinja {
namespace {

Expected<bool> equal_lists(Meter& meter, const List& a, const List& b) {
  if (a.items.size() != b.items.size() || a.brackets != b.brackets) return false;
  for (size_t i = 0; i < a.items.size(); ++i) {
    HONE_TRY(const bool same, equal(meter, a.items[i], b.items[i]));
    if (!same) return false;
  }
  return true;
}

Expected<bool> equal_dicts(Meter& meter, const Dict& a, const Dict& b) {
  if (a.entries.size() != b.entries.size()) return false;
  for (const auto& [key, value] : a.entries) {
    HONE_TRY(const Value* other, find_key(meter, b, key));
    if (other == nullptr) return false;
    HONE_TRY(const bool same, equal(meter, value, *other));
    if (!same) return false;
  }
  return true;
}

bool same_object(const Value& a, const Value& b) {
  switch (a.kind()) {
    case Value::Kind::undefined:
    case Value::Kind::none:
      return true;
    case Value::Kind::name_space:
      return a.name_space() == b.name_space();
    case Value::Kind::macro:
      return a.macro() == b.macro();
    case Value::Kind::method:
      return a.method() == b.method();
    case Value::Kind::function:
      return a.function() == b.function();
    default:
      return a.loop() == b.loop();
  }
}

Expected<bool> less_lists(Meter& meter, const List& a, const List& b) {
  const size_t common = std::min(a.items.size(), b.items.size());
  for (size_t i = 0; i < common; ++i) {
    HONE_TRY(const bool same, equal(meter, a.items[i], b.items[i]));
    if (!same) return less(meter, a.items[i], b.items[i]);
  }
  return a.items.size() < b.items.size();
}

}  // namespace

Expected<bool> equal(Meter& meter, const Value& a, const Value& b) {
  HONE_RETURN_IF_ERROR(meter.charge(kNodeWork));
  if (const auto left = a.integer(), right = b.integer(); left && right) return *left == *right;
  if (const auto left = a.number(), right = b.number(); left && right) return *left == *right;
  if (a.kind() != b.kind()) return false;
  switch (a.kind()) {
    case Value::Kind::text:
      HONE_RETURN_IF_ERROR(meter.charge(std::min(a.text()->size(), b.text()->size()) / 16));
      return *a.text() == *b.text();
    case Value::Kind::list:
      return equal_lists(meter, *a.list(), *b.list());
    case Value::Kind::dict:
      return equal_dicts(meter, *a.dict(), *b.dict());
    default:
      return same_object(a, b);
  }
}

Expected<bool> less(Meter& meter, const Value& a, const Value& b) {
  HONE_RETURN_IF_ERROR(require_defined(a));
  HONE_RETURN_IF_ERROR(require_defined(b));
  HONE_RETURN_IF_ERROR(meter.charge(kNodeWork));
  if (const auto left = a.integer(), right = b.integer(); left && right) return *left < *right;
  if (const auto left = a.number(), right = b.number(); left && right) return *left < *right;
  if (a.text() != nullptr && b.text() != nullptr) {
    HONE_RETURN_IF_ERROR(meter.charge(std::min(a.text()->size(), b.text()->size()) / 16));
    return *a.text() < *b.text();  // the order of UTF-8 bytes is that of code points
  }
  const List* left = a.list();
  const List* right = b.list();
  if (left != nullptr && right != nullptr && left->brackets == right->brackets) {
    return less_lists(meter, *left, *right);
  }
  return fail(Code::invalid_argument, "'<' not supported between instances of '", type_name(a),
              "' and '", type_name(b), "'");
}

Expected<bool> contains(Meter& meter, const Value& container, const Value& item) {
  if (const std::string* text = container.text()) {
    HONE_RETURN_IF_ERROR(require_defined(item));
    if (item.text() == nullptr) {
      return fail(Code::invalid_argument, "'in <string>' requires string as left operand, not ",
                  type_name(item));
    }
    HONE_TRY(const size_t at, find_text(meter, *text, *item.text(), 0));
    return at != std::string::npos;
  }
  if (const Dict* dict = container.dict()) {
    HONE_TRY(const Value* found, find_key(meter, *dict, item));
    return found != nullptr;
  }
  if (const List* list = container.list()) {
    for (const Value& candidate : list->items) {
      HONE_TRY(const bool same, equal(meter, candidate, item));
      if (same) return true;
    }
    return false;
  }
  if (container.is_undefined()) return false;
  return fail(Code::invalid_argument, "argument of type '", type_name(container),
              "' is not iterable");
}

}  // namespace hone::jinja
