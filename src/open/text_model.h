// A language model with its tokenizer and prompt format, opened from its files.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "llm/generate/prompt_format.h"
#include "llm/template/chat_template.h"
#include "llm/tokenizer/tokenizer.h"
#include "models/resolve.h"
#include "open/load_language_model.h"

namespace hone {

// Owns all that is needed to answer. Move only.
struct TextModel {
  LoadedLanguageModel loaded;
  std::unique_ptr<Tokenizer> tokenizer;
  PromptFormat format;
  std::string name;  // for people

  bool completes_only() const { return !format.chat_template && !format.error; }
  // The conversation as the model wants to read it, ready for the answer; templates that ask for
  // the time get that of the clock. unsupported when the model has no chat template, format.error
  // when it cannot be run.
  Expected<std::vector<int32_t>> encode_chat(std::span<const ChatMessage> messages) const;
};

// `prompt_format` as choose_prompt_format takes it.
Expected<TextModel> open_text_model(const ModelFiles& files, std::string_view prompt_format,
                                    const LoadSettings& settings);

}  // namespace hone
