// The functions, filters, tests and methods that templates can call, as tables of plain functions.
#pragma once

#include <deque>
#include <span>
#include <string_view>
#include <vector>

#include "llm/template/value.h"

namespace hone::jinja {

// What one render shares: its work limit, its namespaces and its clock.
struct Context {
  explicit Context(uint64_t work) : meter(work) {}

  Meter meter;
  std::deque<Namespace> namespaces;  // alive for the whole render
  int64_t local_time_s = 0;          // seconds since 1970-01-01 00:00 local time
};

struct CallArguments {
  Values positional;
  std::vector<std::pair<std::string_view, Value>> named;
  Values sources;  // what owns the names that came from dicts
};

// One call of a builtin: `self` is the filtered, tested or called-on value.
struct Call {
  Context& context;
  const Value& self;
  const CallArguments& all;
  std::span<const Value* const> bound;  // by parameter; null where none was given

  Meter& meter() const { return context.meter; }
  bool has(size_t parameter) const {
    return parameter < bound.size() && bound[parameter] != nullptr;
  }
  const Value& arg(size_t parameter) const { return *bound[parameter]; }
  // The argument as text or integer, `fallback` where none (or none itself) was given.
  Expected<std::string_view> text_arg(size_t parameter, std::string_view fallback = {}) const;
  Expected<int64_t> int_arg(size_t parameter, int64_t fallback = 0) const;
  bool truth_arg(size_t parameter, bool fallback) const {
    return has(parameter) ? arg(parameter).truth() : fallback;
  }
};

struct Builtin {
  std::string_view name;
  std::string_view parameters;  // names separated by spaces; "*": takes any
  int required;                 // so many of them must be given
  Expected<Value> (*run)(const Call&);
};

inline constexpr size_t kMaxParameters = 8;

// Null if there is none of that name.
const Builtin* find_filter(std::string_view name);
const Builtin* find_test(std::string_view name);
const Builtin* find_function(std::string_view name);
// The method of that name that values of this kind have.
const Builtin* find_method(const Value& self, std::string_view name);

// Binds the arguments to the parameters and runs it. Errors name the builtin.
Expected<Value> call_builtin(Context& context, const Builtin& builtin, const Value& self,
                             const CallArguments& arguments);

// value.name and value['name'], Python's way for templates: what is missing is undefined.
Expected<Value> get_attribute(Context& context, const Value& value, std::string_view name);
Expected<Value> get_item(Context& context, const Value& value, const Value& key);
// "a.b.0": attributes and indices one after the other, as the map filter takes them.
Expected<Value> get_path(Context& context, const Value& value, const Value& path);

}  // namespace hone::jinja
