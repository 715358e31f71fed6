#include "llm/tokenizer/unicode.h"

#include <algorithm>
#include <cstring>
#include <span>

namespace hone {
namespace {

using unicode_tables::Mapping;

uint32_t map(std::span<const Mapping> table, uint32_t point) {
  const auto at =
      std::lower_bound(table.begin(), table.end(), point,
                       [](const Mapping& entry, uint32_t value) { return entry.from < value; });
  return at != table.end() && at->from == point ? at->to : point;
}

bool is_continuation(char c) { return (static_cast<uint8_t>(c) & 0xC0) == 0x80; }

// Skips ASCII, eight bytes at a time.
size_t ascii_prefix(std::string_view text) {
  size_t i = 0;
  for (; i + 8 <= text.size(); i += 8) {
    uint64_t word;
    std::memcpy(&word, text.data() + i, 8);
    if ((word & 0x8080808080808080u) != 0) break;
  }
  while (i < text.size() && static_cast<uint8_t>(text[i]) < 0x80) ++i;
  return i;
}

size_t valid_prefix(std::string_view text) {
  size_t i = 0;
  while ((i += ascii_prefix(text.substr(i))) < text.size()) {
    const Utf8Char character = decode_utf8(text, i);
    if (!character.valid) break;
    i += character.size;
  }
  return i;
}

}  // namespace

uint32_t to_lower(uint32_t point) {
  if (point < 0x80) return point >= 'A' && point <= 'Z' ? point + 32 : point;
  return map({unicode_tables::kLower, unicode_tables::kLowerCount}, point);
}

uint32_t base_letter(uint32_t point) {
  constexpr uint32_t kHangulFirst = 0xAC00, kHangulLast = 0xD7A3, kLeadFirst = 0x1100;
  constexpr uint32_t kSyllablesPerLead = 588;  // Unicode Standard, 3.12
  if (point < 0x80) return point;
  if (point >= kHangulFirst && point <= kHangulLast) {
    return kLeadFirst + (point - kHangulFirst) / kSyllablesPerLead;
  }
  return map({unicode_tables::kFirstOfDecomposition, unicode_tables::kFirstOfDecompositionCount},
             point);
}

void append_code_point(std::string& out, uint32_t point) {
  if (point < 0xD800 || point > 0xDFFF) return append_utf8(out, point);
  out += static_cast<char>(0xE0 | (point >> 12));
  out += static_cast<char>(0x80 | ((point >> 6) & 0x3F));
  out += static_cast<char>(0x80 | (point & 0x3F));
}

CodePoint decode_lenient(std::string_view text) {
  constexpr CodePoint kInvalid = {kReplacement, 0};
  const auto lead = static_cast<uint8_t>(text[0]);
  if (lead < 0x80) return {lead, 1};
  if (lead < 0xC0 || lead >= 0xF8) return kInvalid;
  const size_t size = utf8_length(text[0]);
  if (text.size() < size) return kInvalid;
  uint32_t value = lead & (0x7Fu >> size);
  for (size_t i = 1; i < size; ++i) {
    if (!is_continuation(text[i])) return kInvalid;
    value = (value << 6) | (static_cast<uint8_t>(text[i]) & 0x3F);
  }
  if (value >= kCodePoints) return kInvalid;
  return {value, static_cast<uint32_t>(size)};
}

std::string_view make_clean_utf8(std::string_view text, std::string& storage) {
  size_t i = valid_prefix(text);
  if (i == text.size()) return text;
  storage.assign(text.substr(0, i));
  while (i < text.size()) {
    const CodePoint point = decode_lenient(text.substr(i));
    append_code_point(storage, point.value);
    i += std::max<size_t>(point.size, 1);
  }
  return storage;
}

}  // namespace hone
