// The IR as text, for people, tests and rewrite patterns:
//
//   graph smollm2
//   symbol tokens 1:1:512
//   input %token : i32[tokens]
//   state %k.0 : f16[3, 64]
//   const %embd : q8_0[49152, 576]
//   const %eps : f32[] = 0.001
//   %h = gather(%embd, %token) : f32[tokens, 576]
//   %n = rms_norm(%h, %w) {eps=1e-05, result=f32} : f32[tokens, 576]
//   output %n
//
// An absent operand is "_". to_text writes the elements of constants of up to 16; parse_text takes
// them from the text (a list after "="), else from a source, where the type may be left out, too.
#pragma once

#include <functional>
#include <string>

#include "ir/graph.h"

namespace hone::ir {

std::string to_text(const Graph& graph);

// At most this much is made for the constants of one text that do not come from a source.
inline constexpr int64_t kMaxTextConstantBytes = int64_t{1} << 24;

// Gives the type and the bytes of a constant by its name in the text.
struct SourcedConstant {
  TensorType type;
  ConstantData data;
};
using ConstantSource = std::function<Expected<SourcedConstant>(std::string_view name)>;

// Without a source, constants whose elements the text does not list are zeros.
Expected<Graph> parse_text(std::string_view text, const ConstantSource& source = {});

}  // namespace hone::ir
