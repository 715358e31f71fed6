// The lines of `hone run --json`: an object a token, and one at the end.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "answer.h"
#include "llm/tokenizer/tokenizer.h"

namespace hone::cli {

// {"id":1,"text":"Hi","logprob":-0.5}. `text` is the whole characters that the token completes;
// where those are not the token's own bytes, since it begins or ends within one, "bytes" has these
// as numbers.
std::string token_line(const Tokenizer& tokenizer, const GeneratedToken& token, int top_logprobs);

// {"text":"","done":true,"reason":"stop",...}. `rest` is text that was held back to the end: a
// character cut in two, or what could have become a stop string.
std::string done_line(const Answer& answer, std::string_view rest,
                      std::optional<double> first_token_ms);

}  // namespace hone::cli
