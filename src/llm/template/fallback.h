// Prompt formats known by name, for models that carry no usable template.
#pragma once

#include <functional>
#include <span>
#include <string_view>

namespace hone {

struct FallbackTemplate {
  std::string_view name;    // as --template takes it
  std::string_view source;  // for ChatTemplate::parse; prints no bos, which the tokenizer adds
  std::string_view words;   // parts of model names that tell the format, separated by '|'
  std::string_view tokens;  // what a vocabulary for it has, separated by ' '
};

std::span<const FallbackTemplate> fallback_templates();

// By its name; null if there is none.
const FallbackTemplate* find_fallback(std::string_view name);

// The format that a chat model of this name (general.name, a file name) and with these tokens most
// likely speaks. Null for an unknown family, for a vocabulary that lacks the format's tokens, and
// for names that do not say chat, instruct or the like: a base model has no format.
const FallbackTemplate* guess_fallback(std::string_view model_name,
                                       const std::function<bool(std::string_view)>& has_token);

}  // namespace hone
