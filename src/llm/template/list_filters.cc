// Filters that walk a list.
#include <algorithm>

#include "llm/template/builtins.h"
#include "llm/template/filter_tables.h"
#include "llm/template/operators.h"
#include "llm/template/python_text.h"

namespace hone::jinja {
namespace {

using Items = std::shared_ptr<const List>;

Expected<Items> items(const Call& call) { return items_of(call.meter(), call.self); }

// As map and select read: none, 0 and false are empty lists.
Expected<Items> items_or_nothing(const Call& call) {
  if (!call.self.truth()) return std::make_shared<const List>();
  return items(call);
}

// The item itself, or the attribute that a filter looks at; texts in lower case unless told
// otherwise.
enum class Case { sensitive, ignored };

Expected<Value> key_of(const Call& call, const Value& item, const Value* path, Case letter_case) {
  Value key = item;
  if (path != nullptr && !path->is_none()) {
    HONE_TRY(key, get_path(call.context, item, *path));
  }
  if (letter_case == Case::sensitive || key.text() == nullptr) return key;
  return make_text(call.meter(), lower(*key.text()));
}

const Value* path_arg(const Call& call, size_t parameter) {
  return call.has(parameter) ? &call.arg(parameter) : nullptr;
}

Case case_arg(const Call& call, size_t parameter) {
  return call.truth_arg(parameter, false) ? Case::sensitive : Case::ignored;
}

Expected<Value> length(const Call& call) {
  if (const std::string* text = call.self.text()) {
    HONE_RETURN_IF_ERROR(call.meter().charge(text->size()));
    return Value(length_of(*text));
  }
  if (const List* list = call.self.list()) return Value(list->items.size());
  if (const Dict* dict = call.self.dict()) return Value(dict->entries.size());
  if (call.self.is_undefined()) return Value(0);
  return fail(Code::invalid_argument, "object of type '", type_name(call.self), "' has no len()");
}

Expected<Value> join(const Call& call) {
  HONE_TRY(const Items list, items(call));
  std::string separator;
  if (call.has(0)) {
    HONE_TRY(separator, to_text(call.meter(), call.arg(0)));
  }
  std::string out;
  for (size_t i = 0; i < list->items.size(); ++i) {
    HONE_TRY(const Value item, key_of(call, list->items[i], path_arg(call, 1), Case::sensitive));
    HONE_TRY(const std::string text, to_text(call.meter(), item));
    HONE_RETURN_IF_ERROR(call.meter().charge(text.size() + separator.size() + 1));
    if (i > 0) out += separator;
    out += text;
  }
  return Value(std::move(out));
}

Expected<Value> to_list(const Call& call) {
  HONE_TRY(const Items list, items(call));
  return make_list(call.meter(), list->items);
}

Expected<Value> item_pairs(const Call& call) {
  if (call.self.is_undefined()) return make_list(call.meter(), {});
  const Builtin* method = call.self.dict() == nullptr ? nullptr : find_method(call.self, "items");
  if (method == nullptr) {
    return fail(Code::invalid_argument, "Can only get item pairs from a mapping.");
  }
  return call_builtin(call.context, *method, call.self, {});
}

Expected<Value> first(const Call& call) {
  HONE_TRY(const Items list, items(call));
  if (list->items.empty()) return make_undefined("No first item, sequence was empty.");
  return list->items.front();
}

Expected<Value> last(const Call& call) {
  HONE_TRY(const Items list, items(call));
  if (list->items.empty()) return make_undefined("No last item, sequence was empty.");
  return list->items.back();
}

Expected<Value> reverse(const Call& call) {
  HONE_TRY(const Items list, items(call));
  Values out(list->items.rbegin(), list->items.rend());
  if (call.self.text() == nullptr) return make_list(call.meter(), std::move(out));
  std::string text;
  for (const Value& character : out) text += *character.text();
  return Value(std::move(text));
}

// The filter or test that the n-th argument names, with the arguments after it.
struct Applied {
  const Builtin* builtin = nullptr;
  CallArguments arguments;
};

Expected<Applied> applied(const Call& call, size_t at, const Builtin* (*find)(std::string_view),
                          std::string_view what) {
  const Values& given = call.all.positional;
  const std::string* name = given[at].text();
  Applied out;
  out.builtin = name == nullptr ? nullptr : find(*name);
  if (out.builtin == nullptr) {
    HONE_TRY(const std::string shown, to_repr(call.meter(), given[at]));
    return fail(Code::unsupported, "the ", what, " ", printable(shown, 60), " is not supported");
  }
  out.arguments.positional.assign(given.begin() + static_cast<ptrdiff_t>(at) + 1, given.end());
  out.arguments.named = call.all.named;
  return out;
}

// map(attribute='x', default=y)
Expected<Value> map_attribute(const Call& call, const Values& list) {
  const Value* path = nullptr;
  const Value* fallback = nullptr;
  for (const auto& [name, value] : call.all.named) {
    if (name == "attribute") {
      path = &value;
    } else if (name == "default") {
      fallback = &value;
    } else {
      return fail(Code::invalid_argument, "map() takes no argument '", printable(name, 60), "'");
    }
  }
  if (path == nullptr) return fail(Code::invalid_argument, "map requires a filter argument");
  Values out;
  for (const Value& item : list) {
    HONE_TRY(Value value, get_path(call.context, item, *path));
    if (value.is_undefined() && fallback != nullptr) value = *fallback;
    out.push_back(std::move(value));
  }
  return make_list(call.meter(), std::move(out));
}

Expected<Value> map(const Call& call) {
  HONE_TRY(const Items list, items_or_nothing(call));
  if (call.all.positional.empty()) return map_attribute(call, list->items);
  HONE_TRY(const Applied filter, applied(call, 0, find_filter, "filter"));
  Values out;
  for (const Value& item : list->items) {
    HONE_RETURN_IF_ERROR(call.meter().charge(kNodeWork));
    HONE_TRY(Value value, call_builtin(call.context, *filter.builtin, item, filter.arguments));
    out.push_back(std::move(value));
  }
  return make_list(call.meter(), std::move(out));
}

enum class Keep { matching, others };
enum class Look { item, attribute };

// select, reject, selectattr, rejectattr: without a test, truth decides.
template <Keep keep, Look look>
Expected<Value> choose(const Call& call) {
  HONE_TRY(const Items list, items_or_nothing(call));
  constexpr size_t kTest = look == Look::attribute ? 1 : 0;
  const Values& given = call.all.positional;
  if (given.size() < kTest)
    return fail(Code::invalid_argument, "Missing parameter for attribute name");
  Applied test;
  if (given.size() > kTest) {
    HONE_TRY(test, applied(call, kTest, find_test, "test"));
  }
  Values out;
  for (const Value& item : list->items) {
    HONE_RETURN_IF_ERROR(call.meter().charge(kNodeWork));
    Value value = item;
    if (look == Look::attribute) {
      HONE_TRY(value, get_path(call.context, item, given[0]));
    }
    if (test.builtin != nullptr) {
      HONE_TRY(value, call_builtin(call.context, *test.builtin, value, test.arguments));
    }
    if (value.truth() == (keep == Keep::matching)) out.push_back(item);
  }
  return make_list(call.meter(), std::move(out));
}

struct Keyed {
  Value key;
  Value item;
};

enum class Order { ascending, descending };

// Merges two sorted runs; of equal keys the left one comes first.
Status merge(Meter& meter, std::span<Keyed> left, std::span<Keyed> right, Keyed* out, Order order) {
  size_t l = 0;
  size_t r = 0;
  while (l < left.size() && r < right.size()) {
    const bool ascending = order == Order::ascending;
    HONE_TRY(const bool right_first, less(meter, ascending ? right[r].key : left[l].key,
                                          ascending ? left[l].key : right[r].key));
    *out++ = std::move(right_first ? right[r++] : left[l++]);
  }
  while (l < left.size()) *out++ = std::move(left[l++]);
  while (r < right.size()) *out++ = std::move(right[r++]);
  return {};
}

// A merge sort of our own: keys can fail to compare or, with NaN, contradict each other, which
// std::sort must not see. Stable; equal keys keep their order in both directions, as in Python.
Expected<Value> sorted(const Call& call, std::vector<Keyed> keyed, Order order) {
  std::vector<Keyed> other(keyed.size());
  const size_t n = keyed.size();
  for (size_t run = 1; run < n; run *= 2) {
    for (size_t start = 0; start < n; start += 2 * run) {
      const std::span all(keyed);
      const size_t middle = std::min(start + run, n);
      const size_t end = std::min(middle + run, n);
      HONE_RETURN_IF_ERROR(merge(call.meter(), all.subspan(start, middle - start),
                                 all.subspan(middle, end - middle), other.data() + start, order));
    }
    std::swap(keyed, other);
  }
  Values out;
  for (Keyed& entry : keyed) out.push_back(std::move(entry.item));
  return make_list(call.meter(), std::move(out));
}

Order order_arg(const Call& call, size_t parameter) {
  return call.truth_arg(parameter, false) ? Order::descending : Order::ascending;
}

Expected<Value> sort(const Call& call) {
  HONE_TRY(const Items list, items(call));
  std::vector<Keyed> keyed;
  for (const Value& item : list->items) {
    HONE_TRY(Value key, key_of(call, item, path_arg(call, 2), case_arg(call, 1)));
    keyed.push_back({std::move(key), item});
  }
  return sorted(call, std::move(keyed), order_arg(call, 0));
}

Expected<Value> dictsort(const Call& call) {
  HONE_TRY(const std::string_view by, call.text_arg(1, "key"));
  HONE_TRY(const Value pairs, item_pairs(call));
  if (by != "key" && by != "value") {
    return fail(Code::invalid_argument, "You can only sort by either \"key\" or \"value\"");
  }
  std::vector<Keyed> keyed;
  for (const Value& pair : pairs.list()->items) {
    HONE_TRY(Value key,
             key_of(call, pair.list()->items[by == "key" ? 0 : 1], nullptr, case_arg(call, 0)));
    keyed.push_back({std::move(key), pair});
  }
  return sorted(call, std::move(keyed), order_arg(call, 2));
}

Expected<Value> unique(const Call& call) {
  HONE_TRY(const Items list, items(call));
  Values out;
  Values seen;
  for (const Value& item : list->items) {
    HONE_TRY(Value key, key_of(call, item, path_arg(call, 1), case_arg(call, 0)));
    bool known = false;
    for (const Value& other : seen) {
      HONE_TRY(known, equal(call.meter(), other, key));
      if (known) break;
    }
    if (known) continue;
    seen.push_back(std::move(key));
    out.push_back(item);
  }
  return make_list(call.meter(), std::move(out));
}

Expected<Value> sum(const Call& call) {
  HONE_TRY(const Items list, items(call));
  Value total = call.has(1) ? call.arg(1) : Value(0);
  for (const Value& item : list->items) {
    HONE_TRY(const Value value, key_of(call, item, path_arg(call, 0), Case::sensitive));
    HONE_TRY(total, apply_binary(call.meter(), Operator::add, total, value));
  }
  return total;
}

template <Order order>
Expected<Value> extreme(const Call& call) {
  HONE_TRY(const Items list, items(call));
  if (list->items.empty()) return make_undefined("No aggregated item, sequence was empty.");
  std::vector<Keyed> keyed;
  for (const Value& item : list->items) {
    HONE_TRY(Value key, key_of(call, item, path_arg(call, 1), case_arg(call, 0)));
    keyed.push_back({std::move(key), item});
  }
  HONE_TRY(const Value all, sorted(call, std::move(keyed), order));
  return all.list()->items.front();
}

Expected<Value> batch(const Call& call) {
  HONE_TRY(const Items list, items(call));
  HONE_TRY(const int64_t size, call.int_arg(0));
  if (size < 1) return fail(Code::invalid_argument, "batch needs a size of at least 1");
  Values rows;
  Values row;
  const auto flush = [&]() -> Status {
    HONE_TRY(Value made, make_list(call.meter(), std::exchange(row, {})));
    rows.push_back(std::move(made));
    return {};
  };
  for (const Value& item : list->items) {
    if (static_cast<int64_t>(row.size()) == size) HONE_RETURN_IF_ERROR(flush());
    row.push_back(item);
  }
  if (row.empty()) return make_list(call.meter(), std::move(rows));
  if (call.has(1) && !call.arg(1).is_none()) {
    HONE_RETURN_IF_ERROR(call.meter().charge(kItemWork * static_cast<uint64_t>(size)));
    row.resize(static_cast<size_t>(size), call.arg(1));
  }
  HONE_RETURN_IF_ERROR(flush());
  return make_list(call.meter(), std::move(rows));
}

Expected<Value> attribute(const Call& call) {
  HONE_TRY(const std::string_view name, call.text_arg(0));
  return get_attribute(call.context, call.self, name);
}

constexpr Builtin kListFilters[] = {
    {"length", "", 0, length},
    {"count", "", 0, length},
    {"join", "d attribute", 0, join},
    {"list", "", 0, to_list},
    {"items", "", 0, item_pairs},
    {"first", "", 0, first},
    {"last", "", 0, last},
    {"reverse", "", 0, reverse},
    {"map", "*", 0, map},
    {"select", "*", 0, choose<Keep::matching, Look::item>},
    {"reject", "*", 0, choose<Keep::others, Look::item>},
    {"selectattr", "*", 0, choose<Keep::matching, Look::attribute>},
    {"rejectattr", "*", 0, choose<Keep::others, Look::attribute>},
    {"sort", "reverse case_sensitive attribute", 0, sort},
    {"dictsort", "case_sensitive by reverse", 0, dictsort},
    {"unique", "case_sensitive attribute", 0, unique},
    {"sum", "attribute start", 0, sum},
    {"min", "case_sensitive attribute", 0, extreme<Order::ascending>},
    {"max", "case_sensitive attribute", 0, extreme<Order::descending>},
    {"batch", "linecount fill_with", 1, batch},
    {"attr", "name", 1, attribute},
};

}  // namespace

const Builtin* find_list_filter(std::string_view name) {
  for (const Builtin& filter : kListFilters) {
    if (filter.name == name) return &filter;
  }
  return nullptr;
}

}  // namespace hone::jinja
