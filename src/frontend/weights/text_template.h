// IR text with repetitions, so that an architecture of many equal blocks is a page:
//
//   setting heads num_attention_heads 12     $heads from the model's config, with what stands if it
//                                            does not say
//   block linear name x weights              lines up to "end" stand where they are used, with
//   end                                      $name, $x and $weights put in
//   use linear query layer.0 encoder.query
//   repeat layer next $layers                lines up to "end" for $layer 0, 1, ...; $next is one
//   more end
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "base/json.h"

namespace hone::weights {

inline constexpr int64_t kMaxRepeats = 1024;

// The plain IR text. What the config lacks, or has as something else than a number or a word:
// Code::invalid_argument.
Expected<std::string> expand_template(std::string_view text, const Json& config);

}  // namespace hone::weights
