// Which prompt format a model is spoken to in: the one asked for, the file's own template, or the
// known format that the model's name and vocabulary tell.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/tokenizer_data.h"
#include "llm/template/chat_template.h"

namespace hone {

struct PromptFormat {
  std::optional<ChatTemplate> chat_template;  // none: the model completes text
  std::optional<Error> error;                 // why the file's template cannot be run
  std::string guessed;                        // the known format's name, when it is a guess
};

// `wanted` is a name of fallback_templates(), or empty; invalid_argument for another. `names`:
// every name that the model goes by, in one text.
Expected<PromptFormat> choose_prompt_format(std::string_view wanted, std::string_view names,
                                            const TokenizerData& data);

// "chatml, llama3, ..."
std::string prompt_format_names();

}  // namespace hone
