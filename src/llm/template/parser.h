// Source text to the tree of ast.h.
#pragma once

#include <string_view>

#include "llm/template/ast.h"

namespace hone::jinja {

inline constexpr size_t kMaxSource = size_t{4} << 20;
inline constexpr int kMaxHeight = 200;  // of an expression; also blocks within blocks

// Errors carry the line and name the construct: corrupt for wrong syntax, unsupported for a
// statement, filter or test that hone does not know.
Expected<Block> parse_template(std::string_view source);

}  // namespace hone::jinja
