// The few Unicode properties that tokenizers ask for (Unicode 15.1), and UTF-8 read as leniently as
// the reference tokenizers read it; base/utf8.h is the strict form.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/utf8.h"
#include "llm/tokenizer/unicode_tables.h"

namespace hone {

// The major general category; `other` is C without Cn.
enum class UnicodeClass : uint8_t {
  unassigned,
  number,
  letter,
  separator,
  mark,
  punctuation,
  symbol,
  other,
};

inline constexpr uint32_t kCodePoints = 0x110000;

// Class and white space together, 0 to 15: the class in the low three bits, white space in the
// fourth.
inline uint8_t unicode_kind(uint32_t point) {
  if (point >= kCodePoints) return 0;
  return unicode_tables::kPages[unicode_tables::kPageOf[point >> 8] * 256u + (point & 255)];
}
inline UnicodeClass unicode_class(uint32_t point) {
  return static_cast<UnicodeClass>(unicode_kind(point) & 7);
}
inline bool is_white_space(uint32_t point) { return (unicode_kind(point) & 8) != 0; }

uint32_t to_lower(uint32_t point);
// The first code point of the canonical decomposition: a letter without its accents.
uint32_t base_letter(uint32_t point);

// As append_utf8, but surrogates stay.
void append_code_point(std::string& out, uint32_t point);

// The length of a sequence by its first byte alone; continuation bytes count as 1.
inline size_t utf8_length(char lead) {
  const auto byte = static_cast<uint8_t>(lead);
  return byte < 0xC0 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

struct CodePoint {
  uint32_t value;
  uint32_t size;  // bytes; 0 when the bytes are not UTF-8
};

// The code point at text[0], text not empty. Overlong forms and surrogates are read as what they
// spell, because the reference tokenizers do so.
CodePoint decode_lenient(std::string_view text);

// The same in clean UTF-8 (what make_clean_utf8 gives), where nothing can be wrong but a cut at the
// end of `text`.
inline CodePoint decode_clean(const char* at, const char* end) {
  const auto byte = [at](int i) { return static_cast<uint32_t>(static_cast<uint8_t>(at[i])); };
  const uint32_t lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  if (lead < 0xE0) {
    if (end - at < 2) return {kReplacement, 1};
    return {((lead & 0x1F) << 6) | (byte(1) & 0x3F), 2};
  }
  if (lead < 0xF0) {
    if (end - at < 3) return {kReplacement, 1};
    return {((lead & 0x0F) << 12) | ((byte(1) & 0x3F) << 6) | (byte(2) & 0x3F), 3};
  }
  if (end - at < 4) return {kReplacement, 1};
  return {
      ((lead & 0x07) << 18) | ((byte(1) & 0x3F) << 12) | ((byte(2) & 0x3F) << 6) | (byte(3) & 0x3F),
      4};
}

// `text` itself if it is valid UTF-8; otherwise a copy in `storage` where overlong forms are
// spelled shortest and each byte that spells nothing has become U+FFFD.
std::string_view make_clean_utf8(std::string_view text, std::string& storage);

}  // namespace hone
