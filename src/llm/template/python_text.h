// What Python's str does, on UTF-8: positions and lengths count characters, space is Unicode space.
// Case is ASCII only; other letters stay as they are.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "llm/template/meter.h"

namespace hone::jinja {

bool is_space(char32_t code);

enum class Side { left, right, both };

// strip(): without characters, white space goes.
std::string_view strip(std::string_view text, Side side,
                       std::optional<std::string_view> characters = std::nullopt);

// The byte position of `word` at or after `from`, or npos; bounded work for hostile texts.
Expected<size_t> find_text(Meter& meter, std::string_view text, std::string_view word, size_t from);

// split(separator, limit): limit < 0 means no limit. Without a separator: at runs of white space.
// Errors: an empty separator.
Expected<std::vector<std::string_view>> split_text(Meter& meter, std::string_view text,
                                                   std::optional<std::string_view> separator,
                                                   int64_t limit);
Expected<std::vector<std::string_view>> rsplit_text(Meter& meter, std::string_view text,
                                                    std::string_view separator, int64_t limit);
std::vector<std::string_view> split_lines(std::string_view text);

// replace(old, new, count): count < 0 means all.
Expected<std::string> replace_text(Meter& meter, std::string_view text, std::string_view old_word,
                                   std::string_view new_word, int64_t count);

size_t length_of(std::string_view text);
// Byte positions of the characters, and the end: n + 1 numbers.
Expected<std::vector<uint32_t>> character_starts(Meter& meter, std::string_view text);

std::string upper(std::string_view text);
std::string lower(std::string_view text);
std::string capitalize(std::string_view text);
std::string title(std::string_view text);

}  // namespace hone::jinja
