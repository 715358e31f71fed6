// A conversation as a model reads it.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "llm/template/chat_template.h"
#include "llm/tokenizer/tokenizer.h"

namespace hone {

// The tokens of `messages` in the template's words, ready for the answer. `local_time_s` is
// ChatInput's. Errors are those of the template and the tokenizer.
Expected<std::vector<int32_t>> encode_chat(const ChatTemplate& chat_template,
                                           const Tokenizer& tokenizer,
                                           std::span<const ChatMessage> messages,
                                           int64_t local_time_s);

}  // namespace hone
