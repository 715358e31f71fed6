#include "llm/template/lexer.h"

#include <algorithm>
#include <charconv>

#include "base/utf8.h"
#include "llm/template/python_text.h"

namespace hone::jinja {
namespace {

constexpr size_t kMaxTokens = 1'000'000;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80) != 0;
}
bool is_name(char c) { return is_name_start(c) || is_digit(c); }

// \r\n and \r become \n, one newline at the end goes.
std::string normalize(std::string_view source) {
  std::string out;
  out.reserve(source.size());
  for (size_t i = 0; i < source.size(); ++i) {
    const bool pair = source.substr(i, 2) == "\r\n";
    out += source[i] == '\r' ? '\n' : source[i];
    i += pair;
  }
  if (out.ends_with('\n')) out.pop_back();
  return out;
}

class Lexer {
 public:
  explicit Lexer(std::string_view source) : source_(source) {}

  Expected<std::vector<Token>> run() {
    while (at_ < source_.size()) {
      if (tokens_.size() > kMaxTokens) return error("the chat template is too long");
      const size_t tag = next_tag();
      add_text(tag);
      if (tag == source_.npos) break;
      HONE_RETURN_IF_ERROR(read_tag());
    }
    add(Token::Kind::end, "");
    return std::move(tokens_);
  }

 private:
  size_t next_tag() const {
    for (size_t i = at_; (i = source_.find('{', i)) != source_.npos; ++i) {
      const char next = i + 1 < source_.size() ? source_[i + 1] : '\0';
      if (next == '{' || next == '%' || next == '#') return i;
    }
    return source_.npos;
  }

  // The text before the tag at `tag`, less the white space that the tag's sign and lstrip_blocks
  // take.
  void add_text(size_t tag) {
    std::string_view text = source_.substr(at_, tag == source_.npos ? tag : tag - at_);
    const std::string_view whole = text;
    if (tag != source_.npos) {
      const char sign = tag + 2 < source_.size() ? source_[tag + 2] : '\0';
      if (sign == '-') {
        text = strip(text, Side::right);
      } else if (sign != '+' && source_[tag + 1] != '{') {
        text = without_indent(text);
      }
    }
    if (!text.empty()) add(Token::Kind::text, std::string(text));
    advance(whole.size());
  }

  std::string_view without_indent(std::string_view text) const {
    const size_t newline = text.rfind('\n');
    if (newline == text.npos && !line_starts_) return text;
    const size_t start = newline + 1;  // npos + 1 == 0
    return strip(text.substr(start), Side::left).empty() ? text.substr(0, start) : text;
  }

  Status read_tag() {
    const char kind = source_[at_ + 1];
    if (kind == '#') return skip_comment();
    const std::string_view raw = raw_tag(at_, "raw");
    if (!raw.empty()) return read_raw(raw);
    add(kind == '{' ? Token::Kind::output_begin : Token::Kind::statement_begin, "");
    open_line_ = line_;
    advance(2);
    if (looking_at('-') || looking_at('+')) advance(1);
    return read_tokens(kind == '{' ? "}}" : "%}");
  }

  Status skip_comment() {
    const size_t end = source_.find("#}", at_ + 2);
    if (end == source_.npos) return error("a comment does not end");
    const char sign = end > at_ + 2 ? source_[end - 1] : '\0';
    advance(end + 2 - at_);
    trim_after(sign, "#}");
    return {};
  }

  // White space after a tag: all with '-', the first newline of a statement or comment without '+'.
  void trim_after(char sign, std::string_view closing) {
    if (sign == '-') {
      const std::string_view rest = source_.substr(at_);
      advance(rest.size() - strip(rest, Side::left).size());
    } else if (sign != '+' && closing != "}}" && looking_at('\n')) {
      advance(1);
    }
    line_starts_ = at_ > 0 && source_[at_ - 1] == '\n';
  }

  // "{%- raw -%}" if it stands at `at`, else nothing.
  std::string_view raw_tag(size_t at, std::string_view word) const {
    std::string_view rest = source_.substr(at);
    if (!rest.starts_with("{%")) return {};
    rest.remove_prefix(2);
    if (rest.starts_with('-') || rest.starts_with('+')) rest.remove_prefix(1);
    rest = strip(rest, Side::left);
    if (!rest.starts_with(word)) return {};
    rest = strip(rest.substr(word.size()), Side::left);
    if (rest.starts_with('-') || rest.starts_with('+')) rest.remove_prefix(1);
    if (!rest.starts_with("%}")) return {};
    return source_.substr(at, source_.size() - at - (rest.size() - 2));
  }

  Status read_raw(std::string_view opening) {
    advance(opening.size());
    if (opening[opening.size() - 3] == '-') trim_after('-', "%}");
    for (size_t end = at_; (end = source_.find("{%", end)) != source_.npos; end += 2) {
      const std::string_view closing = raw_tag(end, "endraw");
      if (closing.empty()) continue;
      line_starts_ = false;
      add_text(end);
      advance(closing.size());
      trim_after(closing[closing.size() - 3], "%}");
      return {};
    }
    return error("a raw block does not end");
  }

  Status read_tokens(std::string_view closing) {
    int brackets = 0;
    while (true) {
      const std::string_view rest = source_.substr(at_);
      advance(rest.size() - strip(rest, Side::left).size());
      if (at_ >= source_.size()) return error("a tag does not end", open_line_);
      if (brackets == 0 && close(closing)) return {};
      const char c = source_[at_];
      brackets += c == '(' || c == '[' || c == '{' ? 1 : 0;
      brackets -= c == ')' || c == ']' || c == '}' ? 1 : 0;
      if (brackets < 0) return error(cat("unexpected '", c, "'"));
      if (tokens_.size() > kMaxTokens) return error("the chat template is too long");
      HONE_RETURN_IF_ERROR(read_token());
    }
  }

  bool close(std::string_view closing) {
    const std::string_view rest = source_.substr(at_);
    const char sign = rest[0];
    const bool signed_end =
        (sign == '-' || (sign == '+' && closing == "%}")) && rest.substr(1).starts_with(closing);
    if (!signed_end && !rest.starts_with(closing)) return false;
    add(closing == "}}" ? Token::Kind::output_end : Token::Kind::statement_end, "");
    advance(signed_end ? 3 : 2);
    trim_after(signed_end ? sign : '\0', closing);
    return true;
  }

  Status read_token() {
    const char c = source_[at_];
    if (is_name_start(c)) return read_name();
    if (is_digit(c)) return read_number();
    if (c == '"' || c == '\'') return read_string();
    constexpr std::string_view kPairs[] = {"//", "**", "==", "!=", ">=", "<="};
    const std::string_view pair = source_.substr(at_, 2);
    if (std::ranges::find(kPairs, pair) != std::end(kPairs)) return read_symbol(2);
    if (std::string_view("+-*/%~[](){}<>=.:|,").find(c) != std::string_view::npos) {
      return read_symbol(1);
    }
    return error(cat("unexpected character '", printable(std::string_view(&c, 1)), "'"));
  }

  Status read_symbol(size_t size) {
    add(Token::Kind::symbol, std::string(source_.substr(at_, size)));
    advance(size);
    return {};
  }

  Status read_name() {
    size_t end = at_;
    while (end < source_.size() && is_name(source_[end])) ++end;
    add(Token::Kind::name, std::string(source_.substr(at_, end - at_)));
    advance(end - at_);
    return {};
  }

  size_t skip_digits(size_t at) const {
    while (at < source_.size() && (is_digit(source_[at]) || source_[at] == '_')) ++at;
    return at;
  }

  Status read_number() {
    size_t end = skip_digits(at_);
    bool integer = true;
    const auto digit_at = [&](size_t at) { return at < source_.size() && is_digit(source_[at]); };
    const bool after_dot = at_ > 0 && source_[at_ - 1] == '.';  // a.0.1 is two subscripts
    if (!after_dot && end < source_.size() && source_[end] == '.' && digit_at(end + 1)) {
      integer = false;
      end = skip_digits(end + 1);
    }
    if (end < source_.size() && (source_[end] == 'e' || source_[end] == 'E')) {
      const bool has_sign =
          end + 1 < source_.size() && (source_[end + 1] == '+' || source_[end + 1] == '-');
      if (digit_at(end + 1 + has_sign)) {
        integer = false;
        end = skip_digits(end + 1 + has_sign);
      }
    }
    std::string digits(source_.substr(at_, end - at_));
    std::erase(digits, '_');
    add(integer ? Token::Kind::integer : Token::Kind::number, std::move(digits));
    advance(end - at_);
    return {};
  }

  Status read_string() {
    const char quote = source_[at_];
    const int start_line = line_;
    std::string value;
    size_t i = at_ + 1;
    while (i < source_.size() && source_[i] != quote) {
      if (source_[i] != '\\') {
        value += source_[i++];
        continue;
      }
      const size_t size = append_escape(value, source_.substr(i));
      if (size == 0) return error("an escape in a string is not valid", start_line);
      i += size;
    }
    if (i >= source_.size()) return error("a string does not end", start_line);
    add(Token::Kind::string, std::move(value));
    advance(i + 1 - at_);
    return {};
  }

  // Python's escapes; an unknown one stands for itself. Returns the bytes it took, 0 if it is
  // broken.
  static size_t append_escape(std::string& out, std::string_view text) {
    constexpr std::string_view kNames = "\\'\"abfnrtv";
    constexpr std::string_view kMeanings = "\\'\"\a\b\f\n\r\t\v";
    if (text.size() < 2) return 0;
    const char name = text[1];
    if (const size_t which = kNames.find(name); which != kNames.npos) {
      out += kMeanings[which];
      return 2;
    }
    if (name == '\n') return 2;
    if (name >= '0' && name <= '7') {
      size_t size = 1;
      while (size < 4 && size < text.size() && text[size] >= '0' && text[size] <= '7') ++size;
      return append_code(out, text.substr(1, size - 1), 8) ? size : 0;
    }
    const size_t digits = name == 'x' ? 2 : name == 'u' ? 4 : name == 'U' ? 8 : 0;
    if (digits > 0) {
      const std::string_view code = text.substr(2, digits);
      return code.size() == digits && append_code(out, code, 16) ? 2 + digits : 0;
    }
    out += '\\';
    return 1;
  }

  static bool append_code(std::string& out, std::string_view digits, int base) {
    uint32_t code = 0;
    const char* end = digits.data() + digits.size();
    const auto result = std::from_chars(digits.data(), end, code, base);
    if (result.ec != std::errc() || result.ptr != end || code > 0x10ffff) return false;
    append_utf8(out, code);
    return true;
  }

  bool looking_at(char c) const { return at_ < source_.size() && source_[at_] == c; }

  void advance(size_t size) {
    const std::string_view passed = source_.substr(at_, size);
    line_ += static_cast<int>(std::ranges::count(passed, '\n'));
    at_ += passed.size();
  }

  void add(Token::Kind kind, std::string value) {
    tokens_.push_back({kind, std::move(value), line_});
  }

  std::unexpected<Error> error(std::string_view what, int line = 0) const {
    return std::unexpected(
        Error{Code::corrupt, std::string(what), cat("line ", line > 0 ? line : line_)});
  }

  std::string_view source_;
  size_t at_ = 0;
  int line_ = 1;
  int open_line_ = 1;
  bool line_starts_ = true;  // nothing printed stands between the last newline and at_
  std::vector<Token> tokens_;
};

}  // namespace

Expected<std::vector<Token>> tokenize(std::string_view source) {
  const std::string normalized = normalize(source);
  return Lexer(normalized).run();
}

}  // namespace hone::jinja
