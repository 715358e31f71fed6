// The IR as text, for people, tests and rewrite patterns:
//
//   graph smollm2
//   symbol tokens 1:1:512
//   input %token : i32[tokens]
//   state %k.0 : f16[3, 64]
//   const %embd : q8_0[49152, 576]
//   %h = gather(%embd, %token) : f32[tokens, 576]
//   %n = rms_norm(%h, %w) {eps=1e-05, result=f32} : f32[tokens, 576]
//   output %n
//
// An absent operand is "_". Constants' bytes are not part of the text: a parsed constant is zeros.
#pragma once

#include <string>

#include "ir/graph.h"

namespace hone::ir {

std::string to_text(const Graph& graph);

// At most kMaxTextConstantBytes of zeros are made for the constants of one text.
inline constexpr int64_t kMaxTextConstantBytes = int64_t{1} << 24;
Expected<Graph> parse_text(std::string_view text);

}  // namespace hone::ir
