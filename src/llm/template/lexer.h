// Splits a template into text and the tokens of its tags, white space control applied.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace hone::jinja {

struct Token {
  enum class Kind : uint8_t {
    text,             // template text to print as it is
    output_begin,     // {{
    output_end,       // }}
    statement_begin,  // {%
    statement_end,    // %}
    name,
    string,   // value: unescaped
    integer,  // value: decimal digits, or 0x.. as written
    number,
    symbol,  // an operator or bracket; value: its spelling
    end,     // of the template
  };
  Kind kind = Kind::end;
  std::string value;
  int line = 0;
};

// As Jinja with trim_blocks and lstrip_blocks, which is how chat templates are run: the first
// newline after a statement or comment goes, and so does white space before one that starts its
// line. Errors: corrupt, with the line, for tags and strings that do not end and unknown
// characters.
Expected<std::vector<Token>> tokenize(std::string_view source);

}  // namespace hone::jinja
