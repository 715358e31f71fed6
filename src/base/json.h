// JSON (RFC 8259), strict: a value type, a parser with limits, a writer.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/error.h"

namespace hone {

struct JsonLimits {
  size_t bytes = size_t{1} << 28;
  size_t depth = 128;               // arrays and objects within each other
  size_t values = size_t{1} << 22;  // all values of the document together
};

// How to write; the default is the compact form.
struct JsonStyle {
  int indent = -1;  // spaces a level; below zero: all on one line
  std::string_view item_separator = ",";
  std::string_view name_separator = ":";
};
inline constexpr JsonStyle kJsonPretty{2, ",", ": "};

// A JSON value. Integers that fit int64 are kept apart from other numbers; objects keep their
// order. The as_... functions give nothing for a value of another kind, so that reading a document
// is a chain of questions and never a crash.
class Json {
 public:
  enum class Kind : uint8_t { null, boolean, integer, number, string, array, object };
  struct Member;
  using Array = std::vector<Json>;
  using Object = std::vector<Member>;

  Json();
  Json(std::nullptr_t);
  template <std::same_as<bool> T>  // a plain bool parameter would take pointers
  Json(T value) : value_(value) {}
  template <std::integral T>
    requires(!std::same_as<T, bool>)
  Json(T value);
  Json(double value);
  Json(std::string value);
  Json(std::string_view value);
  Json(const char* value);
  Json(Array value);
  Json(Object value);
  static Json array();
  static Json object();

  // The whole text must be one value. Refused: anything RFC 8259 does not allow, invalid UTF-8,
  // lone surrogates, numbers beyond double's range, a name twice in one object. Errors tell line
  // and column.
  static Expected<Json> parse(std::string_view text, const JsonLimits& limits = {});

  // Bytes that are not UTF-8 are written as U+FFFD; infinities and NaN as null. Numbers read back
  // equal and keep their kind (1.0 stays "1.0").
  std::string write(const JsonStyle& style = {}) const;

  Kind kind() const { return static_cast<Kind>(value_.index()); }
  bool is_null() const { return kind() == Kind::null; }
  std::optional<bool> as_bool() const;
  std::optional<int64_t> as_int() const;
  std::optional<double> as_double() const;  // of an integer, too
  const std::string* as_string() const { return std::get_if<std::string>(&value_); }
  const Array* as_array() const { return std::get_if<Array>(&value_); }
  const Object* as_object() const { return std::get_if<Object>(&value_); }
  Array* as_array() { return std::get_if<Array>(&value_); }
  Object* as_object() { return std::get_if<Object>(&value_); }

  // The member of that name; null if this is no object or has none. Linear in the object's size.
  const Json* find(std::string_view name) const;
  // Adds or replaces a member; a value that is no object becomes one.
  Json& set(std::string_view name, Json value);
  // Adds an item; a value that is no array becomes one.
  void push(Json value);

  bool operator==(const Json& other) const;

 private:
  std::variant<std::nullptr_t, bool, int64_t, double, std::string, Array, Object> value_;
};

struct Json::Member {
  std::string name;
  Json value;
  bool operator==(const Member& other) const = default;
};

// Here, where Member is complete: clang asks for it.
inline Json::Json() = default;
inline Json::Json(std::nullptr_t) {}
template <std::integral T>
  requires(!std::same_as<T, bool>)
Json::Json(T value) : value_(static_cast<int64_t>(value)) {}
inline Json::Json(double value) : value_(value) {}
inline Json::Json(std::string value) : value_(std::move(value)) {}
inline Json::Json(std::string_view value) : value_(std::string(value)) {}
inline Json::Json(const char* value) : value_(std::string(value)) {}
inline Json Json::array() { return Json(Array{}); }

// "int", "object": for error messages.
std::string_view name_of(Json::Kind kind);

// The text in quotes, escaped as the writer does.
void append_json_string(std::string& out, std::string_view text);

// The shortest text that reads back equal and is seen to be no integer: 1.0, 0.1, 1e+16, 1.5e-05
// (as Python prints floats). Infinities and NaN: inf, -inf, nan, which are not JSON.
void append_json_number(std::string& out, double value);

}  // namespace hone
