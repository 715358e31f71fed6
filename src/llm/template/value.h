// Values of the template language: immutable, cheap to copy, with Python's semantics.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/json.h"
#include "llm/template/meter.h"

namespace hone::jinja {

class Value;
struct List;
struct Dict;
struct Namespace;
struct Macro;
struct Method;
struct Loop;
struct Builtin;

using Text = std::shared_ptr<const std::string>;

struct Undefined {
  Text what;  // "'x' is undefined": the message when it is used
};
struct None {};

// Lists and dicts cannot be changed, so values never form a cycle; a namespace, which can, belongs
// to the render (Context) and is only pointed to.
class Value {
 public:
  enum class Kind : uint8_t {
    undefined,
    none,
    boolean,
    integer,
    number,
    text,
    list,
    dict,
    name_space,
    macro,
    method,
    function,
    loop,
  };

  Value() = default;  // none
  Value(None) {}
  Value(Undefined value) : value_(std::move(value)) {}
  template <std::same_as<bool> T>
  Value(T value) : value_(value) {}
  template <std::integral T>
    requires(!std::same_as<T, bool>)
  Value(T value) : value_(static_cast<int64_t>(value)) {}
  Value(double value) : value_(value) {}
  Value(Text value) : value_(std::move(value)) {}
  Value(std::string value) : value_(std::make_shared<const std::string>(std::move(value))) {}
  Value(std::string_view value) : Value(std::string(value)) {}
  Value(const char* value) : Value(std::string(value)) {}
  Value(std::shared_ptr<const List> value) : value_(std::move(value)) {}
  Value(std::shared_ptr<const Dict> value) : value_(std::move(value)) {}
  Value(Namespace* value) : value_(value) {}
  Value(std::shared_ptr<const Macro> value) : value_(std::move(value)) {}
  Value(std::shared_ptr<const Method> value) : value_(std::move(value)) {}
  Value(const Builtin* value) : value_(value) {}
  Value(std::shared_ptr<const Loop> value) : value_(std::move(value)) {}

  Kind kind() const {
    constexpr Kind kKinds[] = {Kind::none,       Kind::undefined, Kind::boolean, Kind::integer,
                               Kind::number,     Kind::text,      Kind::list,    Kind::dict,
                               Kind::name_space, Kind::macro,     Kind::method,  Kind::function,
                               Kind::loop};
    return kKinds[value_.index()];
  }
  bool is(Kind kind_asked) const { return kind() == kind_asked; }
  bool is_undefined() const { return is(Kind::undefined); }
  bool is_none() const { return is(Kind::none); }

  // Null if the value is of another kind.
  const std::string* text() const;
  const List* list() const;
  std::shared_ptr<const List> shared_list() const;
  const Dict* dict() const;
  Namespace* name_space() const;
  const Macro* macro() const;
  const Method* method() const;
  const Builtin* function() const;
  const Loop* loop() const;
  const Undefined* undefined() const { return std::get_if<Undefined>(&value_); }
  // Booleans count as 0 and 1, as in Python.
  std::optional<int64_t> integer() const;
  std::optional<double> number() const;  // of integers and booleans, too
  bool truth() const;

 private:
  std::variant<None, Undefined, bool, int64_t, double, Text, std::shared_ptr<const List>,
               std::shared_ptr<const Dict>, Namespace*, std::shared_ptr<const Macro>,
               std::shared_ptr<const Method>, const Builtin*, std::shared_ptr<const Loop>>
      value_;
};

using Values = std::vector<Value>;
using Entries = std::vector<std::pair<Value, Value>>;

enum class Brackets : uint8_t { list, tuple };

struct List {
  Values items;
  Brackets brackets = Brackets::list;
  int depth = 1;  // containers within each other
};

struct Dict {
  Entries entries;  // in insertion order
  int depth = 1;
};

struct Namespace {
  std::map<std::string, Value, std::less<>> members;
};

// A method taken from an object: message.items
struct Method {
  Value self;
  const Builtin* builtin;
  int depth;
};

// The `loop` variable at one step.
struct Loop {
  std::shared_ptr<const List> items;
  size_t index = 0;
};

// How deep lists and dicts may lie within each other: recursion over values is bounded by it.
inline constexpr int kMaxValueDepth = 200;

// The only ways to make containers: they charge the meter and keep the depth bound.
Expected<Value> make_list(Meter& meter, Values items, Brackets brackets = Brackets::list);
Expected<Value> make_dict(Meter& meter, Entries entries);
Expected<Value> make_method(const Value& self, const Builtin* builtin);
Expected<Value> make_text(Meter& meter, std::string text);
Value make_undefined(std::string what);

// The value under a key, or null; charges for the search.
Expected<const Value*> find_key(Meter& meter, const Dict& dict, const Value& key);

// What a loop would walk: a list's items, a dict's keys, a text's characters; nothing for
// undefined.
Expected<std::shared_ptr<const List>> items_of(Meter& meter, const Value& value);

// Python's ==; never an error but for the meter.
Expected<bool> equal(Meter& meter, const Value& a, const Value& b);
// Python's <, for numbers, texts and lists.
Expected<bool> less(Meter& meter, const Value& a, const Value& b);
// Python's `in`.
Expected<bool> contains(Meter& meter, const Value& container, const Value& item);

// "'x' is undefined" if it is undefined.
Status require_defined(const Value& value);

// Python's str() and repr().
Expected<std::string> to_text(Meter& meter, const Value& value);
Expected<std::string> to_repr(Meter& meter, const Value& value);

// "str", "NoneType": what Python calls the type.
std::string_view type_name(const Value& value);

Expected<Value> from_json(Meter& meter, const Json& json);
Expected<Json> to_json(Meter& meter, const Value& value);

}  // namespace hone::jinja
