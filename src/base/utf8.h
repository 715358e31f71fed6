// UTF-8: decoding that never fails, and encoding.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace hone {

inline constexpr char32_t kReplacement = 0xfffd;

struct Utf8Char {
  char32_t code = kReplacement;
  uint8_t size = 1;   // bytes consumed, 1..4
  bool valid = true;  // false: not UTF-8; `code` is U+FFFD and `size` the maximal bad part
};

// The character at text[position]; position < text.size(). Overlong forms, surrogates and values
// above U+10FFFF are invalid; a bad sequence consumes its maximal valid prefix (Unicode 15, table
// 3-8).
Utf8Char decode_utf8(std::string_view text, size_t position);

// Appends one code point; surrogates and values above U+10FFFF become U+FFFD.
void append_utf8(std::string& out, char32_t code);

bool is_utf8(std::string_view text);

// The text with every invalid part replaced by U+FFFD.
std::string to_valid_utf8(std::string_view text);

}  // namespace hone
