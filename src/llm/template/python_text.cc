#include "llm/template/python_text.h"

#include <algorithm>

#include "base/utf8.h"

namespace hone::jinja {
namespace {

constexpr size_t kMaxText = size_t{1} << 31;

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c & 0x80) != 0;
}
char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

// The start of the last character of a text that is not empty.
size_t last_character(std::string_view text) {
  size_t at = text.size() - 1;
  while (at > 0 && text.size() - at < 4 && (text[at] & 0xc0) == 0x80) --at;
  return at;
}

Status check_separator(std::string_view separator) {
  if (!separator.empty()) return {};
  return fail(Code::invalid_argument, "empty separator");
}

std::vector<std::string_view> split_at_space(std::string_view text, int64_t limit) {
  std::vector<std::string_view> parts;
  text = strip(text, Side::left);
  while (!text.empty()) {
    if (limit >= 0 && static_cast<int64_t>(parts.size()) == limit) {
      parts.push_back(strip(text, Side::right));
      break;
    }
    size_t end = 0;
    while (end < text.size()) {
      const Utf8Char c = decode_utf8(text, end);
      if (is_space(c.code)) break;
      end += c.size;
    }
    parts.push_back(text.substr(0, end));
    text = strip(text.substr(end), Side::left);
  }
  return parts;
}

}  // namespace

bool is_space(char32_t code) {
  return (code >= 9 && code <= 13) || (code >= 0x1c && code <= 0x20) || code == 0x85 ||
         code == 0xa0 || code == 0x1680 || (code >= 0x2000 && code <= 0x200a) || code == 0x2028 ||
         code == 0x2029 || code == 0x202f || code == 0x205f || code == 0x3000;
}

std::string_view strip(std::string_view text, Side side,
                       std::optional<std::string_view> characters) {
  const auto goes = [&](size_t at, size_t size) {
    if (!characters) return is_space(decode_utf8(text, at).code);
    const std::string_view c = text.substr(at, size);
    for (size_t i = 0; i < characters->size();) {
      const size_t other = decode_utf8(*characters, i).size;
      if (characters->substr(i, other) == c) return true;
      i += other;
    }
    return false;
  };
  while (side != Side::right && !text.empty()) {
    const size_t size = decode_utf8(text, 0).size;
    if (!goes(0, size)) break;
    text.remove_prefix(size);
  }
  while (side != Side::left && !text.empty()) {
    const size_t at = last_character(text);
    if (!goes(at, text.size() - at)) break;
    text.remove_suffix(text.size() - at);
  }
  return text;
}

Expected<size_t> find_text(Meter& meter, std::string_view text, std::string_view word,
                           size_t from) {
  // The search may compare the whole word at each place, so it is paid for piece by piece; 16 bytes
  // of comparison cost about as much as one step.
  constexpr size_t kPiece = 4096;
  while (from + word.size() <= text.size()) {
    HONE_RETURN_IF_ERROR(
        meter.charge(std::min(kPiece, text.size() - from) / 16 * (1 + word.size() / 16) + 1));
    const size_t at = text.substr(from, kPiece + word.size()).find(word);
    if (at != text.npos) return from + at;
    from += kPiece;
  }
  return text.npos;
}

Expected<std::vector<std::string_view>> split_text(Meter& meter, std::string_view text,
                                                   std::optional<std::string_view> separator,
                                                   int64_t limit) {
  if (!separator) {
    HONE_RETURN_IF_ERROR(meter.charge(text.size()));
    return split_at_space(text, limit);
  }
  HONE_RETURN_IF_ERROR(check_separator(*separator));
  std::vector<std::string_view> parts;
  size_t start = 0;
  while (limit < 0 || static_cast<int64_t>(parts.size()) < limit) {
    HONE_TRY(const size_t end, find_text(meter, text, *separator, start));
    if (end == text.npos) break;
    HONE_RETURN_IF_ERROR(meter.charge(kItemWork));
    parts.push_back(text.substr(start, end - start));
    start = end + separator->size();
  }
  parts.push_back(text.substr(start));
  return parts;
}

Expected<std::vector<std::string_view>> rsplit_text(Meter& meter, std::string_view text,
                                                    std::string_view separator, int64_t limit) {
  HONE_TRY(const auto parts, split_text(meter, text, separator, -1));
  if (limit < 0 || static_cast<int64_t>(parts.size()) <= limit + 1) return parts;
  const size_t merged = parts.size() - static_cast<size_t>(limit);
  const char* end = parts[merged - 1].data() + parts[merged - 1].size();
  std::vector<std::string_view> out{text.substr(0, static_cast<size_t>(end - text.data()))};
  out.insert(out.end(), parts.begin() + static_cast<ptrdiff_t>(merged), parts.end());
  return out;
}

std::vector<std::string_view> split_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const size_t end = text.find_first_of("\r\n");
    lines.push_back(text.substr(0, end));
    if (end == text.npos) break;
    text.remove_prefix(text.substr(end).starts_with("\r\n") ? end + 2 : end + 1);
  }
  return lines;
}

Expected<std::string> replace_text(Meter& meter, std::string_view text, std::string_view old_word,
                                   std::string_view new_word, int64_t count) {
  std::string out;
  size_t start = 0;
  for (int64_t done = 0; count < 0 || done < count; ++done) {
    HONE_TRY(const size_t at, find_text(meter, text, old_word, start));
    if (at == text.npos) break;
    HONE_RETURN_IF_ERROR(meter.charge(new_word.size() + kNodeWork));
    out.append(text, start, at - start);
    out += new_word;
    start = at + old_word.size();
    if (old_word.empty()) {
      // Python puts the new word before each character and at the end.
      if (start >= text.size()) return out;
      const size_t size = decode_utf8(text, start).size;
      out.append(text, start, size);
      start += size;
    }
  }
  out.append(text.substr(std::min(start, text.size())));
  return out;
}

size_t length_of(std::string_view text) {
  size_t count = 0;
  for (size_t i = 0; i < text.size(); i += decode_utf8(text, i).size) ++count;
  return count;
}

Expected<std::vector<uint32_t>> character_starts(Meter& meter, std::string_view text) {
  HONE_RETURN_IF_ERROR(meter.charge(text.size()));
  if (text.size() >= kMaxText) return fail(Code::limit_exceeded, "a text is over 2 GB");
  std::vector<uint32_t> starts;
  starts.reserve(text.size() + 1);
  for (size_t i = 0; i < text.size(); i += decode_utf8(text, i).size) {
    starts.push_back(static_cast<uint32_t>(i));
  }
  starts.push_back(static_cast<uint32_t>(text.size()));
  return starts;
}

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = upper(c);
  return out;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = lower(c);
  return out;
}

std::string capitalize(std::string_view text) {
  std::string out = lower(text);
  if (!out.empty()) out[0] = upper(out[0]);
  return out;
}

std::string title(std::string_view text) {
  std::string out(text);
  bool inside = false;
  for (char& c : out) {
    c = inside ? lower(c) : upper(c);
    inside = is_letter(c);
  }
  return out;
}

}  // namespace hone::jinja
