// Filters on single values; those on lists are list_filters.cc's.
#include <algorithm>
#include <cmath>

#include "base/utf8.h"
#include "llm/template/builtins.h"
#include "llm/template/filter_tables.h"
#include "llm/template/python_text.h"

namespace hone::jinja {
namespace {

template <std::string (*change)(std::string_view)>
Expected<Value> changed(const Call& call) {
  HONE_TRY(const std::string text, to_text(call.meter(), call.self));
  return make_text(call.meter(), change(text));
}

// Words begin after white space and opening brackets; unlike str.title() not after apostrophes.
std::string title_words(std::string_view text) {
  constexpr std::string_view kBefore = "-({[<";
  std::string out = lower(text);
  const std::string upper_text = upper(text);
  bool start = true;
  for (size_t i = 0; i < out.size(); ++i) {
    if (start) out[i] = upper_text[i];
    start = kBefore.find(out[i]) != kBefore.npos || is_space(static_cast<unsigned char>(out[i]));
  }
  return out;
}

std::string escape_html(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '\'':
        out += "&#39;";
        break;
      case '"':
        out += "&#34;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

Expected<Value> as_text(const Call& call) {
  HONE_TRY(std::string text, to_text(call.meter(), call.self));
  return Value(std::move(text));
}

Expected<Value> trim_filter(const Call& call) {
  HONE_TRY(const std::string text, to_text(call.meter(), call.self));
  HONE_TRY(const std::string_view characters, call.text_arg(0));
  const bool given = call.has(0) && !call.arg(0).is_none();
  HONE_RETURN_IF_ERROR(call.meter().charge(text.size() / 16 * (characters.size() + 1)));
  return Value(
      std::string(strip(text, Side::both, given ? std::optional(characters) : std::nullopt)));
}

Expected<Value> replace_filter(const Call& call) {
  HONE_TRY(const std::string text, to_text(call.meter(), call.self));
  HONE_TRY(const std::string old_word, to_text(call.meter(), call.arg(0)));
  HONE_TRY(const std::string new_word, to_text(call.meter(), call.arg(1)));
  HONE_TRY(const int64_t count, call.int_arg(2, -1));
  HONE_TRY(std::string out, replace_text(call.meter(), text, old_word, new_word, count));
  return make_text(call.meter(), std::move(out));
}

// indent(width=4, first=false, blank=false): every line but the first, unless asked, is indented.
Expected<Value> indent(const Call& call) {
  HONE_TRY(const std::string text, to_text(call.meter(), call.self));
  std::string margin;
  if (call.has(0) && call.arg(0).text() != nullptr) {
    margin = *call.arg(0).text();
  } else {
    HONE_TRY(const int64_t width, call.int_arg(0, 4));
    HONE_RETURN_IF_ERROR(call.meter().charge(static_cast<uint64_t>(std::max<int64_t>(width, 0))));
    margin.assign(static_cast<size_t>(std::max<int64_t>(width, 0)), ' ');
  }
  const bool blank = call.truth_arg(2, false);
  std::string out = call.truth_arg(1, false) ? margin : "";
  const std::vector<std::string_view> lines = split(text, '\n');
  for (size_t i = 0; i < lines.size(); ++i) {
    HONE_RETURN_IF_ERROR(call.meter().charge(margin.size() + lines[i].size() + 1));
    if (i > 0) out += '\n';
    if (i > 0 && (blank || !lines[i].empty())) out += margin;
    out += lines[i];
  }
  return Value(std::move(out));
}

Expected<Value> default_filter(const Call& call) {
  const bool missing = call.self.is_undefined() || (call.truth_arg(1, false) && !call.self.truth());
  if (!missing) return call.self;
  return call.has(0) ? call.arg(0) : Value("");
}

Expected<Value> unchanged(const Call& call) { return call.self; }

std::optional<int64_t> integral(double value) {
  if (!(std::abs(value) < 9.2e18)) return std::nullopt;
  return static_cast<int64_t>(value);
}

Expected<Value> to_int(const Call& call) {
  const Value fallback = call.has(0) ? call.arg(0) : Value(0);
  HONE_TRY(const int64_t base, call.int_arg(1, 10));
  if (base != 10) return fail(Code::unsupported, "the filter 'int' takes no base other than 10");
  if (const auto value = call.self.integer()) return Value(*value);
  std::optional<double> number = call.self.number();
  if (const std::string* text = call.self.text()) {
    std::string digits(strip(*text, Side::both));
    if (digits.starts_with('+')) digits.erase(0, 1);
    if (const auto value = parse_int(digits)) return Value(*value);
    number = parse_double(digits);
  }
  const auto value = number ? integral(*number) : std::nullopt;
  return value ? Value(*value) : fallback;
}

Expected<Value> to_float(const Call& call) {
  if (const auto value = call.self.number()) return Value(*value);
  if (const std::string* text = call.self.text()) {
    if (const auto value = parse_double(strip(*text, Side::both))) return Value(*value);
  }
  return call.has(0) ? call.arg(0) : Value(0.0);
}

Expected<Value> absolute(const Call& call) {
  HONE_RETURN_IF_ERROR(require_defined(call.self));
  if (const auto value = call.self.integer()) {
    if (*value == INT64_MIN) return fail(Code::invalid_argument, "an integer is beyond 64 bits");
    return Value(*value < 0 ? -*value : *value);
  }
  if (const auto value = call.self.number()) return Value(std::abs(*value));
  return fail(Code::invalid_argument, "bad operand type for abs(): '", type_name(call.self), "'");
}

// Halves go to the even neighbor, as in Python.
Expected<Value> round_filter(const Call& call) {
  HONE_TRY(const int64_t precision, call.int_arg(0));
  HONE_TRY(const std::string_view method, call.text_arg(1, "common"));
  const auto value = call.self.number();
  if (!value || std::abs(precision) > 15) {
    return fail(Code::invalid_argument, "round needs a number and at most 15 places");
  }
  const double scale = std::pow(10.0, static_cast<double>(precision));
  const double scaled = *value * scale;
  if (method == "ceil") return Value(std::ceil(scaled) / scale);
  if (method == "floor") return Value(std::floor(scaled) / scale);
  if (method != "common")
    return fail(Code::invalid_argument, "method must be common, ceil or floor");
  if (call.self.is(Value::Kind::integer) && precision >= 0) return call.self;
  return Value(std::nearbyint(scaled) / scale);
}

std::string escape_non_ascii(std::string_view json) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out;
  const auto put = [&](char32_t unit) {
    out += "\\u";
    for (int shift = 12; shift >= 0; shift -= 4) out += kHex[unit >> shift & 15];
  };
  for (size_t i = 0; i < json.size();) {
    const Utf8Char c = decode_utf8(json, i);
    i += c.size;
    if (c.code < 0x80) {
      out += static_cast<char>(c.code);
    } else if (c.code < 0x10000) {
      put(c.code);
    } else {
      put(0xd800 + ((c.code - 0x10000) >> 10));
      put(0xdc00 + ((c.code - 0x10000) & 0x3ff));
    }
  }
  return out;
}

void sort_names(Json& json) {
  if (Json::Object* object = json.as_object()) {
    std::ranges::sort(*object, {}, &Json::Member::name);
    for (Json::Member& member : *object) sort_names(member.value);
  } else if (Json::Array* array = json.as_array()) {
    for (Json& item : *array) sort_names(item);
  }
}

// What line breaks, margins and separators will take.
Status charge_layout(Meter& meter, const Json& json, const JsonStyle& style, uint64_t level) {
  const auto margin = static_cast<uint64_t>(std::max(style.indent, 0)) * level;
  HONE_RETURN_IF_ERROR(
      meter.charge(margin + style.item_separator.size() + style.name_separator.size() + 1));
  if (const Json::Object* object = json.as_object()) {
    for (const Json::Member& member : *object) {
      HONE_RETURN_IF_ERROR(charge_layout(meter, member.value, style, level + 1));
    }
  } else if (const Json::Array* array = json.as_array()) {
    for (const Json& item : *array) {
      HONE_RETURN_IF_ERROR(charge_layout(meter, item, style, level + 1));
    }
  }
  return {};
}

// As transformers defines it: json.dumps(value, ensure_ascii, indent, separators, sort_keys).
Expected<Value> to_json_filter(const Call& call) {
  constexpr int64_t kMaxIndent = 16;
  HONE_TRY(const int64_t indent, call.int_arg(1, -1));
  if (indent > kMaxIndent) return fail(Code::limit_exceeded, "tojson indents by over ", kMaxIndent);
  JsonStyle style{static_cast<int>(std::max<int64_t>(indent, -1)), indent < 0 ? ", " : ",", ": "};
  if (call.has(2) && !call.arg(2).is_none()) {
    const List* separators = call.arg(2).list();
    const bool pair = separators != nullptr && separators->items.size() == 2 &&
                      separators->items[0].text() != nullptr &&
                      separators->items[1].text() != nullptr;
    if (!pair) return fail(Code::invalid_argument, "tojson's separators must be two strings");
    style.item_separator = *separators->items[0].text();
    style.name_separator = *separators->items[1].text();
  }
  HONE_TRY(Json json, to_json(call.meter(), call.self));
  if (call.truth_arg(3, false)) sort_names(json);
  HONE_RETURN_IF_ERROR(charge_layout(call.meter(), json, style, 1));
  std::string text = json.write(style);
  if (call.truth_arg(0, false)) text = escape_non_ascii(text);
  return make_text(call.meter(), std::move(text));
}

// Not in Jinja; templates that get tool arguments as text use it.
Expected<Value> from_json_filter(const Call& call) {
  HONE_TRY(const std::string text, to_text(call.meter(), call.self));
  HONE_RETURN_IF_ERROR(call.meter().charge(kItemWork * text.size()));
  HONE_TRY(const Json json, Json::parse(text, {.depth = kMaxValueDepth / 2}));
  return from_json(call.meter(), json);
}

constexpr Builtin kFilters[] = {
    {"trim", "chars", 0, trim_filter},
    {"tojson", "ensure_ascii indent separators sort_keys", 0, to_json_filter},
    {"from_json", "", 0, from_json_filter},
    {"upper", "", 0, changed<upper>},
    {"lower", "", 0, changed<lower>},
    {"capitalize", "", 0, changed<capitalize>},
    {"title", "", 0, changed<title_words>},
    {"escape", "", 0, changed<escape_html>},
    {"e", "", 0, changed<escape_html>},
    {"string", "", 0, as_text},
    {"safe", "", 0, unchanged},
    {"replace", "old new count", 2, replace_filter},
    {"indent", "width first blank", 0, indent},
    {"default", "default_value boolean", 0, default_filter},
    {"d", "default_value boolean", 0, default_filter},
    {"int", "default base", 0, to_int},
    {"float", "default", 0, to_float},
    {"abs", "", 0, absolute},
    {"round", "precision method", 0, round_filter},
};

}  // namespace

const Builtin* find_filter(std::string_view name) {
  for (const Builtin& filter : kFilters) {
    if (filter.name == name) return &filter;
  }
  return find_list_filter(name);
}

}  // namespace hone::jinja
