// Methods of texts, dicts and loops.
#include <algorithm>

#include "llm/template/builtins.h"
#include "llm/template/python_text.h"

namespace hone::jinja {
namespace {

const std::string& self_text(const Call& call) { return *call.self.text(); }

template <std::string (*change)(std::string_view)>
Expected<Value> changed_self(const Call& call) {
  return make_text(call.meter(), change(self_text(call)));
}

template <Side side>
Expected<Value> stripped(const Call& call) {
  const std::string& text = self_text(call);
  HONE_TRY(const std::string_view characters, call.text_arg(0));
  const bool given = call.has(0) && !call.arg(0).is_none();
  const size_t tried = given ? characters.size() + 1 : 1;
  HONE_RETURN_IF_ERROR(call.meter().charge(text.size() / 16 * tried + text.size()));
  return Value(std::string(strip(text, side, given ? std::optional(characters) : std::nullopt)));
}

Expected<Value> text_list(const Call& call, const std::vector<std::string_view>& parts) {
  Values items;
  for (const std::string_view part : parts) {
    HONE_TRY(Value item, make_text(call.meter(), std::string(part)));
    items.push_back(std::move(item));
  }
  return make_list(call.meter(), std::move(items));
}

Expected<Value> split_method(const Call& call) {
  HONE_TRY(const std::string_view separator, call.text_arg(0));
  HONE_TRY(const int64_t limit, call.int_arg(1, -1));
  const bool given = call.has(0) && !call.arg(0).is_none();
  HONE_TRY(const auto parts, split_text(call.meter(), self_text(call),
                                        given ? std::optional(separator) : std::nullopt, limit));
  return text_list(call, parts);
}

Expected<Value> rsplit_method(const Call& call) {
  HONE_TRY(const std::string_view separator, call.text_arg(0));
  HONE_TRY(const int64_t limit, call.int_arg(1, -1));
  if (!call.has(0) || call.arg(0).is_none()) {
    return fail(Code::unsupported, "rsplit() at white space is not supported");
  }
  HONE_TRY(const auto parts, rsplit_text(call.meter(), self_text(call), separator, limit));
  return text_list(call, parts);
}

Expected<Value> splitlines(const Call& call) {
  HONE_RETURN_IF_ERROR(call.meter().charge(kItemWork * self_text(call).size()));
  return text_list(call, split_lines(self_text(call)));
}

// A word, or a tuple of words of which one will do.
template <bool (*matches)(std::string_view, std::string_view)>
Expected<Value> affix(const Call& call) {
  if (const List* words = call.arg(0).list()) {
    for (const Value& word : words->items) {
      if (word.text() != nullptr && matches(self_text(call), *word.text())) return Value(true);
    }
    return Value(false);
  }
  HONE_TRY(const std::string_view word, call.text_arg(0));
  return Value(matches(self_text(call), word));
}

bool starts(std::string_view text, std::string_view word) { return text.starts_with(word); }
bool ends(std::string_view text, std::string_view word) { return text.ends_with(word); }

Expected<Value> remove_prefix(const Call& call) {
  HONE_TRY(const std::string_view word, call.text_arg(0));
  std::string_view text = self_text(call);
  if (text.starts_with(word)) text.remove_prefix(word.size());
  return make_text(call.meter(), std::string(text));
}

Expected<Value> remove_suffix(const Call& call) {
  HONE_TRY(const std::string_view word, call.text_arg(0));
  std::string_view text = self_text(call);
  if (text.ends_with(word)) text.remove_suffix(word.size());
  return make_text(call.meter(), std::string(text));
}

Expected<Value> replace_method(const Call& call) {
  HONE_TRY(const std::string_view old_word, call.text_arg(0));
  HONE_TRY(const std::string_view new_word, call.text_arg(1));
  HONE_TRY(const int64_t count, call.int_arg(2, -1));
  HONE_TRY(std::string out, replace_text(call.meter(), self_text(call), old_word, new_word, count));
  return make_text(call.meter(), std::move(out));
}

Expected<Value> character_index(const Call& call, size_t at) {
  if (at == std::string::npos) return Value(-1);
  HONE_RETURN_IF_ERROR(call.meter().charge(at));
  return Value(length_of(std::string_view(self_text(call)).substr(0, at)));
}

Expected<Value> find(const Call& call) {
  HONE_TRY(const std::string_view word, call.text_arg(0));
  HONE_TRY(const size_t at, find_text(call.meter(), self_text(call), word, 0));
  return character_index(call, at);
}

Expected<Value> index(const Call& call) {
  HONE_TRY(Value at, find(call));
  if (*at.integer() < 0) return fail(Code::invalid_argument, "substring not found");
  return at;
}

Expected<Value> rfind(const Call& call) {
  HONE_TRY(const std::string_view word, call.text_arg(0));
  const std::string& text = self_text(call);
  size_t found = std::string::npos;
  for (size_t from = 0;;) {
    HONE_TRY(const size_t at, find_text(call.meter(), text, word, from));
    if (at == std::string::npos) break;
    found = at;
    from = at + 1;
  }
  return character_index(call, found);
}

Expected<Value> count(const Call& call) {
  HONE_TRY(const std::string_view word, call.text_arg(0));
  if (word.empty()) return Value(length_of(self_text(call)) + 1);
  HONE_TRY(const auto parts, split_text(call.meter(), self_text(call), word, -1));
  return Value(parts.size() - 1);
}

Expected<Value> join_method(const Call& call) {
  HONE_TRY(const auto items, items_of(call.meter(), call.arg(0)));
  std::string out;
  for (size_t i = 0; i < items->items.size(); ++i) {
    const std::string* part = items->items[i].text();
    if (part == nullptr) {
      return fail(Code::invalid_argument, "sequence item ", i, ": expected str instance, ",
                  type_name(items->items[i]), " found");
    }
    HONE_RETURN_IF_ERROR(call.meter().charge(part->size() + self_text(call).size() + 1));
    if (i > 0) out += self_text(call);
    out += *part;
  }
  return Value(std::move(out));
}

template <bool (*belongs)(char)>
Expected<Value> all_of(const Call& call) {
  return Value(!self_text(call).empty() && std::ranges::all_of(self_text(call), belongs));
}

bool digit(char c) { return c >= '0' && c <= '9'; }
bool letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c & 0x80) != 0; }
bool letter_or_digit(char c) { return digit(c) || letter(c); }

template <std::string (*change)(std::string_view)>
Expected<Value> has_case(const Call& call) {
  HONE_RETURN_IF_ERROR(call.meter().charge(2 * self_text(call).size()));
  return Value(change(self_text(call)) == self_text(call) &&
               lower(self_text(call)) != upper(self_text(call)));
}

Expected<Value> is_space_method(const Call& call) {
  return Value(!self_text(call).empty() && strip(self_text(call), Side::left).empty());
}

Expected<Value> dict_items(const Call& call) {
  Values pairs;
  for (const auto& [key, value] : call.self.dict()->entries) {
    HONE_TRY(Value pair, make_list(call.meter(), {key, value}, Brackets::tuple));
    pairs.push_back(std::move(pair));
  }
  return make_list(call.meter(), std::move(pairs));
}

Expected<Value> keys(const Call& call) {
  Values out;
  for (const auto& entry : call.self.dict()->entries) out.push_back(entry.first);
  return make_list(call.meter(), std::move(out));
}

Expected<Value> values(const Call& call) {
  Values out;
  for (const auto& entry : call.self.dict()->entries) out.push_back(entry.second);
  return make_list(call.meter(), std::move(out));
}

Expected<Value> get(const Call& call) {
  HONE_TRY(const Value* found, find_key(call.meter(), *call.self.dict(), call.arg(0)));
  if (found != nullptr) return *found;
  return call.has(1) ? call.arg(1) : Value();
}

// What a field of format() stands for: {} the next argument, {0} by position, {name}.
Expected<const Value*> format_field(const Call& call, std::string_view field, size_t& next) {
  const CallArguments& given = call.all;
  const auto position = field.empty() ? std::optional<int64_t>(next++) : parse_int(field);
  if (position) {
    const auto i = static_cast<size_t>(*position);
    if (*position >= 0 && i < given.positional.size()) return &given.positional[i];
    return fail(Code::invalid_argument, "format() has no argument ", *position);
  }
  for (const auto& [name, value] : given.named) {
    if (name == field) return &value;
  }
  return fail(Code::unsupported, "format() takes only {}, {0} and {name}");
}

Expected<Value> format(const Call& call) {
  const std::string_view text = self_text(call);
  std::string out;
  size_t next = 0;
  HONE_RETURN_IF_ERROR(call.meter().charge(text.size()));
  for (size_t i = 0; i < text.size(); ++i) {
    const bool brace = text[i] == '{' || text[i] == '}';
    if (!brace || text.substr(i + 1).starts_with(text[i])) {
      out += text[i];
      i += brace ? 1 : 0;
      continue;
    }
    const size_t end = text.find('}', i);
    if (text[i] == '}' || end == text.npos) {
      return fail(Code::invalid_argument, "format() has a single '", text[i], "'");
    }
    HONE_TRY(const Value* value, format_field(call, text.substr(i + 1, end - i - 1), next));
    HONE_TRY(const std::string shown, to_text(call.meter(), *value));
    out += shown;
    i = end;
  }
  return Value(std::move(out));
}

Expected<Value> copy(const Call& call) { return call.self; }

Expected<Value> list_index(const Call& call) {
  const Values& list = call.self.list()->items;
  for (size_t i = 0; i < list.size(); ++i) {
    HONE_TRY(const bool same, equal(call.meter(), list[i], call.arg(0)));
    if (same) return Value(i);
  }
  return fail(Code::invalid_argument, "the value is not in the list");
}

Expected<Value> list_count(const Call& call) {
  int64_t found = 0;
  for (const Value& item : call.self.list()->items) {
    HONE_TRY(const bool same, equal(call.meter(), item, call.arg(0)));
    found += same;
  }
  return Value(found);
}

Expected<Value> cycle(const Call& call) {
  const Values& choices = call.all.positional;
  if (choices.empty()) return fail(Code::invalid_argument, "cycle() needs arguments");
  return choices[call.self.loop()->index % choices.size()];
}

constexpr Builtin kTextMethods[] = {
    {"strip", "chars", 0, stripped<Side::both>},
    {"lstrip", "chars", 0, stripped<Side::left>},
    {"rstrip", "chars", 0, stripped<Side::right>},
    {"split", "sep maxsplit", 0, split_method},
    {"rsplit", "sep maxsplit", 0, rsplit_method},
    {"splitlines", "", 0, splitlines},
    {"startswith", "prefix", 1, affix<starts>},
    {"endswith", "suffix", 1, affix<ends>},
    {"removeprefix", "prefix", 1, remove_prefix},
    {"removesuffix", "suffix", 1, remove_suffix},
    {"replace", "old new count", 2, replace_method},
    {"find", "sub", 1, find},
    {"rfind", "sub", 1, rfind},
    {"index", "sub", 1, index},
    {"count", "sub", 1, count},
    {"join", "iterable", 1, join_method},
    {"upper", "", 0, changed_self<upper>},
    {"lower", "", 0, changed_self<lower>},
    {"title", "", 0, changed_self<title>},
    {"capitalize", "", 0, changed_self<capitalize>},
    {"format", "*", 0, format},
    {"isdigit", "", 0, all_of<digit>},
    {"isnumeric", "", 0, all_of<digit>},
    {"isalpha", "", 0, all_of<letter>},
    {"isalnum", "", 0, all_of<letter_or_digit>},
    {"isspace", "", 0, is_space_method},
    {"isupper", "", 0, has_case<upper>},
    {"islower", "", 0, has_case<lower>},
};

constexpr Builtin kDictMethods[] = {
    {"items", "", 0, dict_items},   {"keys", "", 0, keys}, {"values", "", 0, values},
    {"get", "key default", 1, get}, {"copy", "", 0, copy},
};

constexpr Builtin kListMethods[] = {
    {"index", "value", 1, list_index},
    {"count", "value", 1, list_count},
    {"copy", "", 0, copy},
};

constexpr Builtin kLoopMethods[] = {{"cycle", "*", 0, cycle}};

const Builtin* find_in(std::span<const Builtin> table, std::string_view name) {
  for (const Builtin& method : table) {
    if (method.name == name) return &method;
  }
  return nullptr;
}

}  // namespace

const Builtin* find_method(const Value& self, std::string_view name) {
  switch (self.kind()) {
    case Value::Kind::text:
      return find_in(kTextMethods, name);
    case Value::Kind::dict:
      return find_in(kDictMethods, name);
    case Value::Kind::list:
      return find_in(kListMethods, name);
    case Value::Kind::loop:
      return find_in(kLoopMethods, name);
    default:
      return nullptr;
  }
}

}  // namespace hone::jinja
