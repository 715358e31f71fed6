#include "tasks/python_literal.h"

#include "base/text.h"
#include "base/utf8.h"

namespace hone {
namespace {

constexpr size_t kMaxBytes = size_t{4} << 20;
constexpr int kMaxDepth = 32;
constexpr size_t kMaxItems = size_t{1} << 18;

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  Expected<Json> whole() {
    HONE_TRY(Json value, read(0));
    skip_space();
    if (at_ != text_.size()) return wrong("nothing more");
    return value;
  }

 private:
  std::unexpected<Error> wrong(std::string_view wanted) const {
    return fail(Code::corrupt, "at byte ", at_, " of a Python literal: expected ", wanted);
  }

  char next() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  void skip_space() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != text_.npos) ++at_;
  }

  bool take(char wanted) {
    skip_space();
    if (next() != wanted) return false;
    ++at_;
    return true;
  }

  Expected<Json> read(int depth) {
    if (depth > kMaxDepth || ++items_ > kMaxItems) return wrong("less");
    if (take('{')) return read_dictionary(depth);
    if (take('[')) return read_list(depth, ']');
    if (take('(')) return read_list(depth, ')');
    if (next() == '\'' || next() == '"') {
      HONE_TRY(std::string text, read_text());
      return Json(std::move(text));
    }
    return read_word();
  }

  Expected<Json> read_dictionary(int depth) {
    Json::Object members;
    while (!take('}')) {
      HONE_TRY(const Json key, read(depth + 1));
      if (!take(':')) return wrong("':'");
      HONE_TRY(Json value, read(depth + 1));
      members.push_back({key.as_string() ? *key.as_string() : key.write(), std::move(value)});
      if (take(',')) continue;
      if (!take('}')) return wrong("',' or '}'");
      break;
    }
    return Json(std::move(members));
  }

  Expected<Json> read_list(int depth, char end) {
    Json::Array items;
    while (!take(end)) {
      HONE_TRY(Json item, read(depth + 1));
      items.push_back(std::move(item));
      if (take(',')) continue;
      if (!take(end)) return wrong(cat("',' or '", std::string(1, end), "'"));
      break;
    }
    return Json(std::move(items));
  }

  Expected<std::string> read_text() {
    const char quote = text_[at_++];
    std::string made;
    while (at_ < text_.size() && text_[at_] != quote) {
      if (text_[at_] == '\\') {
        HONE_RETURN_IF_ERROR(read_escape(made));
      } else {
        made += text_[at_++];
      }
    }
    if (at_ == text_.size()) return wrong("the text's end");
    ++at_;
    return made;
  }

  Status read_escape(std::string& made) {
    constexpr std::string_view kSigns = "\\'\"ntrabfv0", kMeant = "\\'\"\n\t\r\a\b\f\v";
    ++at_;
    const char sign = next();
    ++at_;
    if (sign == 'x') return read_code_point(2, made);
    if (sign == 'u') return read_code_point(4, made);
    if (sign == 'U') return read_code_point(8, made);
    const size_t place = kSigns.find(sign);
    if (sign == '\0' || place >= kMeant.size()) return wrong("an escape that repr() writes");
    made += kMeant[place];
    return {};
  }

  Status read_code_point(size_t digits, std::string& made) {
    uint32_t point = 0;
    for (size_t i = 0; i < digits; ++i) {
      const size_t value = std::string_view("0123456789abcdef").find(next() | 0x20);
      if (value > 15) return wrong("a hexadecimal digit");
      point = point << 4 | static_cast<uint32_t>(value);
      ++at_;
    }
    append_utf8(made, point);
    return {};
  }

  Expected<Json> read_word() {
    const size_t start = at_;
    while (at_ < text_.size() && std::string_view(",:]}) \t\r\n").find(text_[at_]) == text_.npos) {
      ++at_;
    }
    const std::string_view word = text_.substr(start, at_ - start);
    if (word == "True" || word == "true") return Json(true);
    if (word == "False" || word == "false") return Json(false);
    if (word == "None" || word == "null") return Json();
    if (const auto integer = parse_int(word)) return Json(*integer);
    if (const auto number = parse_double(word)) return Json(*number);
    at_ = start;
    return wrong("a number, a text, a list or a dictionary");
  }

  std::string_view text_;
  size_t at_ = 0;
  size_t items_ = 0;
};

}  // namespace

Expected<Json> parse_python_literal(std::string_view text) {
  if (text.size() > kMaxBytes) {
    return fail(Code::limit_exceeded, "a Python literal of ", text.size(), " bytes");
  }
  return Reader(text).whole();
}

}  // namespace hone
