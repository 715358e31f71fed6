// Binding of arguments, and the ways into a value: attributes, items, paths.
#include "llm/template/builtins.h"

#include <algorithm>
#include <array>

#include "llm/template/python_text.h"

namespace hone::jinja {
namespace {

constexpr size_t kMaxPathParts = 32;

std::unexpected<Error> wrong_argument(const Builtin& builtin, std::string_view what) {
  return fail(Code::invalid_argument, builtin.name, "() ", what);
}

std::string object_name(const Value& value) {
  return value.is_none() ? "None" : cat(type_name(value), " object");
}

Value no_attribute(const Value& value, std::string_view name) {
  return make_undefined(
      cat("'", object_name(value), "' has no attribute '", printable(name, 60), "'"));
}

// The attributes of `loop`; its depth counts recursive loops, which there are none of.
Expected<Value> loop_attribute(const Value& value, const Loop& loop, std::string_view name) {
  const Values& items = loop.items->items;
  const size_t i = loop.index;
  const size_t count = items.size();
  if (name == "index") return Value(i + 1);
  if (name == "index0") return Value(i);
  if (name == "revindex") return Value(count - i);
  if (name == "revindex0") return Value(count - i - 1);
  if (name == "first") return Value(i == 0);
  if (name == "last") return Value(i + 1 == count);
  if (name == "length") return Value(count);
  if (name == "depth") return Value(1);
  if (name == "depth0") return Value(0);
  if (name == "previtem") return i > 0 ? items[i - 1] : make_undefined("there is no previous item");
  if (name == "nextitem")
    return i + 1 < count ? items[i + 1] : make_undefined("there is no next item");
  return no_attribute(value, name);
}

Expected<Value> method_or_undefined(const Value& value, std::string_view name) {
  if (const Builtin* method = find_method(value, name)) return make_method(value, method);
  return no_attribute(value, name);
}

Expected<Value> list_item(const Value& value, int64_t index) {
  const Values& items = value.list()->items;
  const auto count = static_cast<int64_t>(items.size());
  if (index < -count || index >= count) {
    return make_undefined(cat(object_name(value), " has no element ", index));
  }
  return items[static_cast<size_t>(index < 0 ? index + count : index)];
}

Expected<Value> text_item(Meter& meter, const Value& value, int64_t index) {
  const std::string& text = *value.text();
  HONE_TRY(const std::vector<uint32_t> starts, character_starts(meter, text));
  const auto count = static_cast<int64_t>(starts.size()) - 1;
  if (index < -count || index >= count) {
    return make_undefined(cat(object_name(value), " has no element ", index));
  }
  const auto i = static_cast<size_t>(index < 0 ? index + count : index);
  return Value(text.substr(starts[i], starts[i + 1] - starts[i]));
}

}  // namespace

Expected<std::string_view> Call::text_arg(size_t parameter, std::string_view fallback) const {
  if (!has(parameter) || arg(parameter).is_none()) return fallback;
  HONE_RETURN_IF_ERROR(require_defined(arg(parameter)));
  if (const std::string* text = arg(parameter).text()) return std::string_view(*text);
  return fail(Code::invalid_argument, "expected a str as argument, not ",
              type_name(arg(parameter)));
}

Expected<int64_t> Call::int_arg(size_t parameter, int64_t fallback) const {
  if (!has(parameter) || arg(parameter).is_none()) return fallback;
  HONE_RETURN_IF_ERROR(require_defined(arg(parameter)));
  if (const auto value = arg(parameter).integer()) return *value;
  return fail(Code::invalid_argument, "expected an int as argument, not ",
              type_name(arg(parameter)));
}

Expected<Value> call_builtin(Context& context, const Builtin& builtin, const Value& self,
                             const CallArguments& arguments) {
  std::array<const Value*, kMaxParameters> bound{};
  if (builtin.parameters == "*") return builtin.run(Call{context, self, arguments, {}});
  std::vector<std::string_view> names;
  if (!builtin.parameters.empty()) names = split(builtin.parameters, ' ');
  if (arguments.positional.size() > names.size()) {
    return wrong_argument(builtin, cat("takes at most ", names.size(), " arguments"));
  }
  for (size_t i = 0; i < arguments.positional.size(); ++i) bound[i] = &arguments.positional[i];
  for (const auto& [name, value] : arguments.named) {
    const auto found = std::ranges::find(names, name);
    if (found == names.end()) {
      return wrong_argument(builtin, cat("takes no argument '", printable(name, 60), "'"));
    }
    bound[static_cast<size_t>(found - names.begin())] = &value;
  }
  for (size_t i = 0; i < static_cast<size_t>(builtin.required); ++i) {
    if (bound[i] == nullptr) return wrong_argument(builtin, cat("needs '", names[i], "'"));
  }
  return builtin.run(Call{context, self, arguments, std::span(bound).first(names.size())});
}

Expected<Value> get_attribute(Context& context, const Value& value, std::string_view name) {
  HONE_RETURN_IF_ERROR(require_defined(value));
  if (const Namespace* space = value.name_space()) {
    const auto found = space->members.find(name);
    return found == space->members.end() ? no_attribute(value, name) : found->second;
  }
  if (const Loop* loop = value.loop(); loop != nullptr && name != "cycle") {
    return loop_attribute(value, *loop, name);
  }
  const Builtin* method = find_method(value, name);
  if (method == nullptr && value.dict() != nullptr) {
    HONE_TRY(const Value* found, find_key(context.meter, *value.dict(), Value(name)));
    if (found != nullptr) return *found;
  }
  return method_or_undefined(value, name);
}

Expected<Value> get_item(Context& context, const Value& value, const Value& key) {
  HONE_RETURN_IF_ERROR(require_defined(value));
  if (const Dict* dict = value.dict()) {
    HONE_TRY(const Value* found, find_key(context.meter, *dict, key));
    if (found != nullptr) return *found;
    if (key.text() != nullptr) return method_or_undefined(value, *key.text());
  } else if (key.text() != nullptr) {
    return get_attribute(context, value, *key.text());
  }
  if (const auto index = key.integer()) {
    if (value.list() != nullptr) return list_item(value, *index);
    if (value.text() != nullptr) return text_item(context.meter, value, *index);
  }
  HONE_TRY(const std::string shown, to_repr(context.meter, key));
  return make_undefined(cat(object_name(value), " has no element ", printable(shown, 60)));
}

Expected<Value> get_path(Context& context, const Value& value, const Value& path) {
  if (path.text() == nullptr) return get_item(context, value, path);
  const std::vector<std::string_view> parts = split(*path.text(), '.');
  if (parts.size() > kMaxPathParts) {
    return fail(Code::limit_exceeded, "an attribute path has over ", kMaxPathParts, " parts");
  }
  Value current = value;
  for (const std::string_view part : parts) {
    const auto index = parse_int(part);
    HONE_TRY(current, get_item(context, current, index ? Value(*index) : Value(part)));
  }
  return current;
}

}  // namespace hone::jinja
