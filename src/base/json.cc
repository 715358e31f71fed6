#include "base/json.h"

#include <charconv>
#include <cmath>

#include "base/utf8.h"

namespace hone {

Json::Json(Array value) : value_(std::move(value)) {}
Json::Json(Object value) : value_(std::move(value)) {}
Json Json::object() { return Json(Object{}); }

std::optional<bool> Json::as_bool() const {
  const bool* value = std::get_if<bool>(&value_);
  return value == nullptr ? std::nullopt : std::optional(*value);
}

std::optional<int64_t> Json::as_int() const {
  const int64_t* value = std::get_if<int64_t>(&value_);
  return value == nullptr ? std::nullopt : std::optional(*value);
}

std::optional<double> Json::as_double() const {
  if (const double* value = std::get_if<double>(&value_)) return *value;
  if (const int64_t* value = std::get_if<int64_t>(&value_)) return static_cast<double>(*value);
  return std::nullopt;
}

const Json* Json::find(std::string_view name) const {
  if (const Object* object = as_object()) {
    for (const Member& member : *object) {
      if (member.name == name) return &member.value;
    }
  }
  return nullptr;
}

Json& Json::set(std::string_view name, Json value) {
  if (as_object() == nullptr) *this = object();
  Object& members = *as_object();
  for (Member& member : members) {
    if (member.name == name) return member.value = std::move(value);
  }
  members.push_back({std::string(name), std::move(value)});
  return members.back().value;
}

void Json::push(Json value) {
  if (as_array() == nullptr) *this = array();
  as_array()->push_back(std::move(value));
}

bool Json::operator==(const Json& other) const { return value_ == other.value_; }

std::string_view name_of(Json::Kind kind) {
  constexpr std::string_view kNames[] = {"null",   "boolean", "integer", "number",
                                         "string", "array",   "object"};
  return kNames[static_cast<size_t>(kind)];
}

void append_json_string(std::string& out, std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  constexpr std::u32string_view kEscaped = U"\"\\\n\r\t\b\f";
  constexpr std::string_view kNames = "\"\\nrtbf";
  out += '"';
  for (size_t i = 0; i < text.size();) {
    const Utf8Char c = decode_utf8(text, i);
    i += c.size;
    if (const size_t which = kEscaped.find(c.code); which != kEscaped.npos) {
      out += '\\';
      out += kNames[which];
    } else if (c.code < 0x20) {
      out += "\\u00";
      out += kHex[c.code >> 4];
      out += kHex[c.code & 15];
    } else {
      append_utf8(out, c.code);
    }
  }
  out += '"';
}

void append_json_number(std::string& out, double value) {
  char text[40];
  const double size = std::abs(value);
  const bool plain = size == 0 || (size >= 1e-4 && size < 1e16);
  const auto form = plain ? std::chars_format::fixed : std::chars_format::scientific;
  const std::string_view digits(text, std::to_chars(text, text + sizeof text, value, form).ptr);
  out += digits;
  if (plain && digits.find('.') == digits.npos) out += ".0";
}

namespace {

class Writer {
 public:
  explicit Writer(const JsonStyle& style) : style_(style) {}

  void write(const Json& json, size_t level) {
    switch (json.kind()) {
      case Json::Kind::null:
        out_ += "null";
        break;
      case Json::Kind::boolean:
        append(out_, *json.as_bool());
        break;
      case Json::Kind::integer:
        append(out_, *json.as_int());
        break;
      case Json::Kind::number:
        write_number(*json.as_double());
        break;
      case Json::Kind::string:
        append_json_string(out_, *json.as_string());
        break;
      case Json::Kind::array:
        write_items(*json.as_array(), "[]", level,
                    [&](const Json& item) { write(item, level + 1); });
        break;
      case Json::Kind::object:
        write_items(*json.as_object(), "{}", level, [&](const Json::Member& member) {
          append_json_string(out_, member.name);
          out_ += style_.name_separator;
          write(member.value, level + 1);
        });
        break;
    }
  }

  std::string take() { return std::move(out_); }

 private:
  void write_number(double value) {
    if (std::isfinite(value)) {
      append_json_number(out_, value);
    } else {
      out_ += "null";
    }
  }

  template <class Items, class WriteItem>
  void write_items(const Items& items, std::string_view brackets, size_t level,
                   const WriteItem& write_item) {
    out_ += brackets[0];
    for (size_t i = 0; i < items.size(); ++i) {
      if (i > 0) out_ += style_.item_separator;
      new_line(level + 1);
      write_item(items[i]);
    }
    if (!items.empty()) new_line(level);
    out_ += brackets[1];
  }

  void new_line(size_t level) {
    if (style_.indent < 0) return;
    out_ += '\n';
    out_.append(level * static_cast<size_t>(style_.indent), ' ');
  }

  JsonStyle style_;
  std::string out_;
};

}  // namespace

std::string Json::write(const JsonStyle& style) const {
  Writer writer(style);
  writer.write(*this, 0);
  return writer.take();
}

}  // namespace hone
