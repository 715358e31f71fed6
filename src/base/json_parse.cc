// The parser of json.h: recursive descent over the text, one pass, depth bounded by JsonLimits.
#include <algorithm>
#include <charconv>

#include "base/json.h"
#include "base/utf8.h"

namespace hone {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

class Parser {
 public:
  Parser(std::string_view text, const JsonLimits& limits) : text_(text), limits_(limits) {}

  Expected<Json> document() {
    if (text_.size() > limits_.bytes) {
      return hone::fail(Code::limit_exceeded, "JSON text has ", text_.size(), " bytes; at most ",
                        limits_.bytes, " are allowed");
    }
    HONE_TRY(Json json, value(0));
    skip_space();
    if (at_ < text_.size()) return error("something follows after the end of the JSON value");
    return json;
  }

 private:
  Expected<Json> value(size_t depth) {
    if (++values_ > limits_.values) return limit("more than ", limits_.values, "values");
    skip_space();
    if (at_ >= text_.size()) return error("the JSON text ends where a value should be");
    switch (text_[at_]) {
      case '{':
        return object(depth + 1);
      case '[':
        return array(depth + 1);
      case '"':
        return string_value();
      case 't':
        return word("true", true);
      case 'f':
        return word("false", false);
      case 'n':
        return word("null", nullptr);
      default:
        return number();
    }
  }

  Expected<Json> object(size_t depth) {
    if (depth > limits_.depth) return limit("nested deeper than ", limits_.depth, "levels");
    Json::Object members;
    ++at_;
    for (bool first = true; !next_is('}'); first = false) {
      if (!first && !take(',')) return error("expected ',' or '}' in an object");
      skip_space();
      if (!looking_at('"')) return error("expected a name in quotes in an object");
      HONE_TRY(std::string name, string());
      if (!next_is(':')) return error("expected ':' after the name of a member");
      ++at_;
      HONE_TRY(Json item, value(depth));
      members.push_back({std::move(name), std::move(item)});
    }
    ++at_;
    HONE_RETURN_IF_ERROR(check_names(members));
    return Json(std::move(members));
  }

  Expected<Json> array(size_t depth) {
    if (depth > limits_.depth) return limit("nested deeper than ", limits_.depth, "levels");
    Json::Array items;
    ++at_;
    for (bool first = true; !next_is(']'); first = false) {
      if (!first && !take(',')) return error("expected ',' or ']' in an array");
      HONE_TRY(Json item, value(depth));
      items.push_back(std::move(item));
    }
    ++at_;
    return Json(std::move(items));
  }

  // Sorted, so that an object of n hostile names costs n log n and not n * n.
  Status check_names(const Json::Object& members) const {
    if (members.size() < 2) return {};
    std::vector<std::string_view> names;
    names.reserve(members.size());
    for (const Json::Member& member : members) names.push_back(member.name);
    std::ranges::sort(names);
    const auto twice = std::ranges::adjacent_find(names);
    if (twice == names.end()) return {};
    return error(cat("the name '", printable(*twice, 60), "' stands twice in one object"));
  }

  Expected<Json> word(std::string_view word, Json meaning) {
    if (!text_.substr(at_).starts_with(word)) return error("expected a JSON value");
    at_ += word.size();
    return meaning;
  }

  Expected<Json> string_value() {
    HONE_TRY(std::string text, string());
    return Json(std::move(text));
  }

  Expected<std::string> string() {
    std::string out;
    ++at_;
    while (!looking_at('"')) {
      if (at_ >= text_.size()) return error("a string does not end");
      const char c = text_[at_];
      if (c == '\\') {
        HONE_RETURN_IF_ERROR(escape(out));
        continue;
      }
      if (static_cast<unsigned char>(c) < 0x20) return error("a control character in a string");
      const Utf8Char character = decode_utf8(text_, at_);
      if (!character.valid) return error("a string is not valid UTF-8");
      out.append(text_, at_, character.size);
      at_ += character.size;
    }
    ++at_;
    return out;
  }

  Status escape(std::string& out) {
    constexpr std::string_view kNames = "\"\\/bfnrt";
    constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    const char name = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
    if (name == 'u') return unicode_escape(out);
    const size_t which = kNames.find(name);
    if (which == kNames.npos) return error("an unknown escape in a string");
    out += kMeanings[which];
    at_ += 2;
    return {};
  }

  // \uXXXX, or two of them as a surrogate pair.
  Status unicode_escape(std::string& out) {
    HONE_TRY(const char32_t high, hex4());
    if (high < 0xd800 || high > 0xdfff) {
      append_utf8(out, high);
      return {};
    }
    if (high > 0xdbff || !text_.substr(at_).starts_with("\\u")) {
      return error("half of a surrogate pair in a string");
    }
    HONE_TRY(const char32_t low, hex4());
    if (low < 0xdc00 || low > 0xdfff) return error("half of a surrogate pair in a string");
    append_utf8(out, 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00));
    return {};
  }

  Expected<char32_t> hex4() {
    const std::string_view digits = text_.substr(std::min(at_ + 2, text_.size()), 4);
    uint32_t code = 0;
    const char* end = digits.data() + digits.size();
    const auto result = std::from_chars(digits.data(), end, code, 16);
    if (digits.size() != 4 || result.ec != std::errc() || result.ptr != end) {
      return error("expected four hexadecimal digits after \\u");
    }
    at_ += 6;
    return static_cast<char32_t>(code);
  }

  Expected<Json> number() {
    const size_t start = at_;
    take('-');
    if (!take('0') && !digits()) {
      at_ = start;
      return error("expected a JSON value");
    }
    bool integer = true;
    if (take('.')) {
      integer = false;
      if (!digits()) return error("expected a digit after the decimal point");
    }
    if (take('e') || take('E')) {
      integer = false;
      if (!take('+')) take('-');
      if (!digits()) return error("expected a digit in the exponent");
    }
    const std::string_view text = text_.substr(start, at_ - start);
    if (integer) {
      if (const auto value = parse_int(text)) return Json(*value);
    }
    if (const auto value = parse_double(text)) return Json(*value);
    at_ = start;
    return error("the number is beyond the range of a double");
  }

  bool digits() {
    const size_t start = at_;
    while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
    return at_ > start;
  }

  void skip_space() {
    constexpr std::string_view kSpace = " \t\r\n";
    while (at_ < text_.size() && kSpace.find(text_[at_]) != kSpace.npos) ++at_;
  }
  bool looking_at(char c) const { return at_ < text_.size() && text_[at_] == c; }
  bool next_is(char c) {
    skip_space();
    return looking_at(c);
  }
  bool take(char c) {
    if (!looking_at(c)) return false;
    ++at_;
    return true;
  }

  std::unexpected<Error> error(std::string_view what) const {
    const std::string_view before = text_.substr(0, at_);
    const size_t line_start = before.rfind('\n') + 1;  // npos + 1 == 0
    const auto line = 1 + std::ranges::count(before, '\n');
    return hone::fail(Code::corrupt, what, " (line ", line, ", column ", at_ - line_start + 1, ")");
  }
  std::unexpected<Error> limit(std::string_view what, size_t allowed, std::string_view unit) const {
    return hone::fail(Code::limit_exceeded, "the JSON text is ", what, allowed, " ", unit,
                      " (at byte ", at_, ")");
  }

  std::string_view text_;
  JsonLimits limits_;
  size_t at_ = 0;
  size_t values_ = 0;
};

}  // namespace

Expected<Json> Json::parse(std::string_view text, const JsonLimits& limits) {
  return Parser(text, limits).document();
}

}  // namespace hone
