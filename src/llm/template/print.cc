// Python's str() and repr(), and the way to and from JSON.
#include <cmath>

#include "base/utf8.h"
#include "llm/template/value.h"

namespace hone::jinja {
namespace {

void append_number(std::string& out, double value) {
  if (std::isnan(value)) {
    out += "nan";
  } else if (std::isinf(value)) {
    out += value < 0 ? "-inf" : "inf";
  } else {
    append_json_number(out, value);
  }
}

void append_code(std::string& out, char32_t code) {
  constexpr std::string_view kHex = "0123456789abcdef";
  const int digits = code < 0x100 ? 2 : code < 0x10000 ? 4 : 8;
  out += '\\';
  out += code < 0x100 ? 'x' : code < 0x10000 ? 'u' : 'U';
  for (int i = digits - 1; i >= 0; --i) out += kHex[code >> (4 * i) & 15];
}

// What repr escapes beyond ASCII, as far as it is simple: controls and separators.
bool is_printable(char32_t code) {
  return code >= 0x20 && code != 0x7f && (code < 0x80 || code > 0xa0) && code != 0xad &&
         code != 0x1680 && (code < 0x2000 || code > 0x200f) && (code < 0x2028 || code > 0x202f) &&
         (code < 0x205f || code > 0x206f) && code != 0x3000 && code != 0xfeff &&
         (code < 0xe000 || code > 0xf8ff);
}

void append_quoted(std::string& out, std::string_view text) {
  const char quote = text.find('\'') != text.npos && text.find('"') == text.npos ? '"' : '\'';
  out += quote;
  for (size_t i = 0; i < text.size();) {
    const Utf8Char c = decode_utf8(text, i);
    i += c.size;
    if (c.code == static_cast<unsigned char>(quote) || c.code == '\\') {
      out += '\\';
      out += static_cast<char>(c.code);
    } else if (c.code == '\n') {
      out += "\\n";
    } else if (c.code == '\r') {
      out += "\\r";
    } else if (c.code == '\t') {
      out += "\\t";
    } else if (!is_printable(c.code)) {
      append_code(out, c.code);
    } else {
      append_utf8(out, c.code);
    }
  }
  out += quote;
}

class Printer {
 public:
  explicit Printer(Meter& meter) : meter_(meter) {}

  Status repr(const Value& value) {
    const std::string* text = value.text();
    HONE_RETURN_IF_ERROR(meter_.charge(kNodeWork + (text == nullptr ? 0 : 2 * text->size())));
    return append(value);
  }

  std::string take() { return std::move(out_); }

 private:
  Status append(const Value& value) {
    switch (value.kind()) {
      case Value::Kind::undefined:
        out_ += "Undefined";
        break;
      case Value::Kind::none:
        out_ += "None";
        break;
      case Value::Kind::boolean:
        out_ += value.truth() ? "True" : "False";
        break;
      case Value::Kind::integer:
        hone::append(out_, *value.integer());
        break;
      case Value::Kind::number:
        append_number(out_, *value.number());
        break;
      case Value::Kind::text:
        append_quoted(out_, *value.text());
        break;
      case Value::Kind::list:
        return append_list(*value.list());
      case Value::Kind::dict:
        return append_dict(*value.dict());
      default:
        out_ += '<', out_ += type_name(value), out_ += '>';
    }
    return {};
  }

  Status append_list(const List& list) {
    const bool tuple = list.brackets == Brackets::tuple;
    out_ += tuple ? '(' : '[';
    for (size_t i = 0; i < list.items.size(); ++i) {
      if (i > 0) out_ += ", ";
      HONE_RETURN_IF_ERROR(repr(list.items[i]));
    }
    if (tuple && list.items.size() == 1) out_ += ',';
    out_ += tuple ? ')' : ']';
    return {};
  }

  Status append_dict(const Dict& dict) {
    out_ += '{';
    for (size_t i = 0; i < dict.entries.size(); ++i) {
      if (i > 0) out_ += ", ";
      HONE_RETURN_IF_ERROR(repr(dict.entries[i].first));
      out_ += ": ";
      HONE_RETURN_IF_ERROR(repr(dict.entries[i].second));
    }
    out_ += '}';
    return {};
  }

  Meter& meter_;
  std::string out_;
};

Expected<std::string> json_name(Meter& meter, const Value& key) {
  switch (key.kind()) {
    case Value::Kind::none:
      return "null";
    case Value::Kind::boolean:
      return key.truth() ? "true" : "false";
    case Value::Kind::text:
    case Value::Kind::integer:
    case Value::Kind::number:
      return to_text(meter, key);
    default:
      return fail(Code::invalid_argument, "keys must be str, int, float, bool or None, not ",
                  type_name(key));
  }
}

Expected<Json> object_to_json(Meter& meter, const Dict& dict) {
  Json::Object members;
  for (const auto& [key, value] : dict.entries) {
    HONE_TRY(std::string name, json_name(meter, key));
    HONE_TRY(Json item, to_json(meter, value));
    members.push_back({std::move(name), std::move(item)});
  }
  return Json(std::move(members));
}

}  // namespace

Expected<std::string> to_repr(Meter& meter, const Value& value) {
  Printer printer(meter);
  HONE_RETURN_IF_ERROR(printer.repr(value));
  return printer.take();
}

Expected<std::string> to_text(Meter& meter, const Value& value) {
  if (value.is_undefined()) return std::string();
  if (const std::string* text = value.text()) {
    HONE_RETURN_IF_ERROR(meter.charge(text->size()));
    return *text;
  }
  return to_repr(meter, value);
}

Expected<Value> from_json(Meter& meter, const Json& json) {
  switch (json.kind()) {
    case Json::Kind::null:
      return Value();
    case Json::Kind::boolean:
      return Value(*json.as_bool());
    case Json::Kind::integer:
      return Value(*json.as_int());
    case Json::Kind::number:
      return Value(*json.as_double());
    case Json::Kind::string:
      return make_text(meter, *json.as_string());
    case Json::Kind::array: {
      Values items;
      for (const Json& item : *json.as_array()) {
        HONE_TRY(Value value, from_json(meter, item));
        items.push_back(std::move(value));
      }
      return make_list(meter, std::move(items));
    }
    case Json::Kind::object:
      break;
  }
  Entries entries;
  for (const Json::Member& member : *json.as_object()) {
    HONE_TRY(Value value, from_json(meter, member.value));
    entries.emplace_back(Value(member.name), std::move(value));
  }
  return make_dict(meter, std::move(entries));
}

Expected<Json> to_json(Meter& meter, const Value& value) {
  HONE_RETURN_IF_ERROR(meter.charge(2 * kItemWork));
  switch (value.kind()) {
    case Value::Kind::none:
      return Json();
    case Value::Kind::boolean:
      return Json(value.truth());
    case Value::Kind::integer:
      return Json(*value.integer());
    case Value::Kind::number:
      return Json(*value.number());
    case Value::Kind::text:
      HONE_RETURN_IF_ERROR(meter.charge(2 * value.text()->size()));
      return Json(*value.text());
    case Value::Kind::dict:
      return object_to_json(meter, *value.dict());
    case Value::Kind::list: {
      Json::Array items;
      for (const Value& item : value.list()->items) {
        HONE_TRY(Json json, to_json(meter, item));
        items.push_back(std::move(json));
      }
      return Json(std::move(items));
    }
    default:
      return fail(Code::invalid_argument, "Object of type ", type_name(value),
                  " is not JSON serializable");
  }
}

}  // namespace hone::jinja
