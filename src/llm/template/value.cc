#include "llm/template/value.h"

#include <algorithm>

#include "base/utf8.h"

namespace hone::jinja {
namespace {

int depth_of(const Value& value) {
  if (const List* list = value.list()) return list->depth;
  if (const Dict* dict = value.dict()) return dict->depth;
  if (const Method* method = value.method()) return method->depth;
  if (const Loop* loop = value.loop()) return loop->items->depth + 1;
  return 0;
}

Status check_depth(int depth) {
  if (depth <= kMaxValueDepth) return {};
  return fail(Code::limit_exceeded, "lists lie deeper than ", kMaxValueDepth, " within each other");
}

}  // namespace

const std::string* Value::text() const {
  const Text* text = std::get_if<Text>(&value_);
  return text == nullptr ? nullptr : text->get();
}

const List* Value::list() const {
  const auto* list = std::get_if<std::shared_ptr<const List>>(&value_);
  return list == nullptr ? nullptr : list->get();
}

std::shared_ptr<const List> Value::shared_list() const {
  const auto* list = std::get_if<std::shared_ptr<const List>>(&value_);
  return list == nullptr ? nullptr : *list;
}

const Dict* Value::dict() const {
  const auto* dict = std::get_if<std::shared_ptr<const Dict>>(&value_);
  return dict == nullptr ? nullptr : dict->get();
}

Namespace* Value::name_space() const {
  Namespace* const* space = std::get_if<Namespace*>(&value_);
  return space == nullptr ? nullptr : *space;
}

const Macro* Value::macro() const {
  const auto* macro = std::get_if<std::shared_ptr<const Macro>>(&value_);
  return macro == nullptr ? nullptr : macro->get();
}

const Method* Value::method() const {
  const auto* method = std::get_if<std::shared_ptr<const Method>>(&value_);
  return method == nullptr ? nullptr : method->get();
}

const Builtin* Value::function() const {
  const auto* function = std::get_if<const Builtin*>(&value_);
  return function == nullptr ? nullptr : *function;
}

const Loop* Value::loop() const {
  const auto* loop = std::get_if<std::shared_ptr<const Loop>>(&value_);
  return loop == nullptr ? nullptr : loop->get();
}

std::optional<int64_t> Value::integer() const {
  if (const int64_t* value = std::get_if<int64_t>(&value_)) return *value;
  if (const bool* value = std::get_if<bool>(&value_)) return *value ? 1 : 0;
  return std::nullopt;
}

std::optional<double> Value::number() const {
  if (const double* value = std::get_if<double>(&value_)) return *value;
  if (const auto value = integer()) return static_cast<double>(*value);
  return std::nullopt;
}

bool Value::truth() const {
  switch (kind()) {
    case Kind::undefined:
    case Kind::none:
      return false;
    case Kind::boolean:
    case Kind::integer:
    case Kind::number:
      return *number() != 0;
    case Kind::text:
      return !text()->empty();
    case Kind::list:
      return !list()->items.empty();
    case Kind::dict:
      return !dict()->entries.empty();
    default:
      return true;
  }
}

Expected<Value> make_list(Meter& meter, Values items, Brackets brackets) {
  HONE_RETURN_IF_ERROR(meter.charge(kItemWork * (items.size() + 1)));
  int depth = 0;
  for (const Value& item : items) depth = std::max(depth, depth_of(item));
  HONE_RETURN_IF_ERROR(check_depth(depth + 1));
  return Value(std::make_shared<const List>(List{std::move(items), brackets, depth + 1}));
}

Expected<Value> make_dict(Meter& meter, Entries entries) {
  HONE_RETURN_IF_ERROR(meter.charge(2 * kItemWork * (entries.size() + 1)));
  int depth = 0;
  for (const auto& [key, value] : entries) {
    depth = std::max({depth, depth_of(key), depth_of(value)});
  }
  HONE_RETURN_IF_ERROR(check_depth(depth + 1));
  return Value(std::make_shared<const Dict>(Dict{std::move(entries), depth + 1}));
}

Expected<Value> make_method(const Value& self, const Builtin* builtin) {
  const int depth = depth_of(self) + 1;
  HONE_RETURN_IF_ERROR(check_depth(depth));
  return Value(std::make_shared<const Method>(Method{self, builtin, depth}));
}

Expected<Value> make_text(Meter& meter, std::string text) {
  HONE_RETURN_IF_ERROR(meter.charge(text.size()));
  return Value(std::move(text));
}

Value make_undefined(std::string what) {
  return Value(Undefined{std::make_shared<const std::string>(std::move(what))});
}

Status require_defined(const Value& value) {
  const Undefined* undefined = value.undefined();
  if (undefined == nullptr) return {};
  return fail(Code::invalid_argument, *undefined->what);
}

Expected<const Value*> find_key(Meter& meter, const Dict& dict, const Value& key) {
  HONE_RETURN_IF_ERROR(meter.charge(4 * dict.entries.size() + 1));
  const std::string* name = key.text();
  for (const auto& [entry_key, value] : dict.entries) {
    if (name != nullptr && entry_key.text() != nullptr) {
      if (*entry_key.text() == *name) return &value;
      continue;
    }
    HONE_TRY(const bool same, equal(meter, entry_key, key));
    if (same) return &value;
  }
  return nullptr;
}

Expected<std::shared_ptr<const List>> items_of(Meter& meter, const Value& value) {
  if (value.list() != nullptr) return value.shared_list();
  auto made = std::make_shared<List>();
  if (const Dict* dict = value.dict()) {
    for (const auto& [key, unused] : dict->entries) made->items.push_back(key);
  } else if (const std::string* text = value.text()) {
    HONE_RETURN_IF_ERROR(meter.charge(kItemWork * text->size()));
    for (size_t i = 0; i < text->size();) {
      const size_t size = decode_utf8(*text, i).size;
      made->items.push_back(Value(text->substr(i, size)));
      i += size;
    }
  } else if (!value.is_undefined()) {
    return fail(Code::invalid_argument, "'", type_name(value), "' object is not iterable");
  }
  HONE_RETURN_IF_ERROR(meter.charge(kItemWork * made->items.size()));
  return std::shared_ptr<const List>(std::move(made));
}

std::string_view type_name(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::undefined:
      return "Undefined";
    case Value::Kind::none:
      return "NoneType";
    case Value::Kind::boolean:
      return "bool";
    case Value::Kind::integer:
      return "int";
    case Value::Kind::number:
      return "float";
    case Value::Kind::text:
      return "str";
    case Value::Kind::list:
      return value.list()->brackets == Brackets::list ? "list" : "tuple";
    case Value::Kind::dict:
      return "dict";
    case Value::Kind::name_space:
      return "Namespace";
    case Value::Kind::macro:
      return "Macro";
    case Value::Kind::method:
      return "method";
    case Value::Kind::function:
      return "function";
    case Value::Kind::loop:
      return "LoopContext";
  }
  return "object";
}

}  // namespace hone::jinja
