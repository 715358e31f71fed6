// Small text tools: joining, number formatting and parsing, edit distance.
#pragma once

#include <charconv>
#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hone {

inline void append(std::string& out, std::string_view part) { out += part; }
inline void append(std::string& out, char part) { out += part; }
template <std::same_as<bool> T>  // a plain bool overload would take pointers
void append(std::string& out, T part) {
  out += part ? "true" : "false";
}
void append(std::string& out, double part);  // shortest form that reads back equal
template <std::integral T>
  requires(!std::same_as<T, bool> && !std::same_as<T, char>)
void append(std::string& out, T part) {
  char digits[24];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, part).ptr);
}
inline void append(std::string& out, float part) {
  char digits[32];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, part).ptr);
}

// cat("tensor ", 3, " of ", name): everything as text, one allocation in the common case.
template <class... Parts>
std::string cat(const Parts&... parts) {
  std::string out;
  (append(out, parts), ...);
  return out;
}

std::string join(std::span<const std::string> parts, std::string_view separator);
std::vector<std::string_view> split(std::string_view text, char separator);
std::string_view trim(std::string_view text);

// The whole text must be one number; nothing otherwise.
std::optional<int64_t> parse_int(std::string_view text);
std::optional<double> parse_double(std::string_view text);

// With so many digits (at most 17) behind the point: fixed(2.5, 2) is "2.50".
std::string fixed(double value, int decimals);

// Two lower-case digits a byte; and back into as many bytes as `out` has, from digits of either
// case. False if the text is anything else.
std::string hex(std::span<const uint8_t> bytes);
bool parse_hex(std::string_view text, std::span<uint8_t> out);

// "98.4 MB" (powers of 1000) as people read file sizes.
std::string human_bytes(uint64_t bytes);

// The candidate nearest to `word` by edit distance if it is near enough to be meant, else nothing.
std::optional<std::string> did_you_mean(std::string_view word,
                                        std::span<const std::string> candidates);

// Bytes that a terminal would act on (controls, escape) become visible \xNN; for printing metadata
// and names that come from a file.
std::string printable(std::string_view text, size_t limit = 200);

}  // namespace hone
